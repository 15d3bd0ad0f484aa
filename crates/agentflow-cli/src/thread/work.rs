//! Brings one issue's thread as far as it comes: from its begin, from where a crash left
//! it, or from an answer to what it asks.

use std::sync::Arc;

use agentflow_core::{GraphError, Outcome, RunError, RunInput, StreamMode, Thread};
use agentflow_pipeline::CodeAgentState;
use agentflow_sql::SqliteCheckpointer;
use futures::StreamExt;

use super::question::{Answers, Asked, QuestionError};
use super::standing::{Standing, find, graph, stand};
use crate::error::describe_in_line;
use crate::prepare::Assignment;
use crate::progress::{Reporter, RunEvent};
use crate::report::{IssueReport, Status};
use crate::settings::Resume;

/// What a run tells its watchers.
const WATCHED: [StreamMode; 3] = [
    StreamMode::Custom,
    StreamMode::Tasks,
    StreamMode::Checkpoints,
];

/// Why an issue's thread stopped where it stands.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IssueError {
    /// The graph is wrong.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The run failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// No answer could be looked for.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// `--resume` found nothing to go on with.
    #[error("the issue has no run to go on with; leave --resume out to begin one")]
    NothingToResume,
}

/// How far a run came.
enum Reached {
    /// The end of its graph.
    End,
    /// A question that nobody answers now.
    Question,
}

/// Works on an issue until it is done, waits or fails. One that is done already is only
/// reported.
///
/// # Cancel safety
/// Dropping it stops the run at once; what the store acknowledged stays.
pub(crate) async fn work_on(
    assignment: &Assignment,
    threads: &Arc<SqliteCheckpointer>,
    resume: &Resume,
    answers: &mut Answers,
    reporter: &mut Reporter,
) -> IssueReport {
    let number = assignment.number;
    let found = find(assignment, threads).await;
    let state = match &found {
        Ok(Some(standing)) if !standing.is_done => Some(&standing.snapshot.values),
        _ => None,
    };
    reporter.event(number, &RunEvent::begins(assignment, state));
    if let Ok(Some(standing)) = &found
        && standing.is_done
    {
        let state = &standing.snapshot.values;
        let report = IssueReport::ended(number, &assignment.title, state);
        reporter.event(number, &RunEvent::already(&report));
        return IssueReport {
            duration: standing.duration,
            ..report
        };
    }
    let worked = match found {
        Ok(found) => advance(assignment, threads, found, resume, answers, reporter).await,
        Err(error) => Err(error),
    };
    let half_way = match worked {
        Ok(Reached::Question) => Status::Waiting,
        Ok(Reached::End) | Err(_) => Status::Failed,
    };
    let mut report = stand(assignment, threads, half_way).await;
    if let Err(error) = worked {
        reporter.event(number, &RunEvent::failed(&error));
        report.status = Status::Failed;
        report.error = Some(describe_in_line(&error));
    }
    reporter.event(number, &RunEvent::ended(&report));
    report
}

/// Runs and answers until the graph is done or waits.
async fn advance(
    assignment: &Assignment,
    threads: &Arc<SqliteCheckpointer>,
    found: Option<Standing>,
    resume: &Resume,
    answers: &mut Answers,
    reporter: &mut Reporter,
) -> Result<Reached, IssueError> {
    let number = assignment.number;
    let mut asked = Asked::Before;
    let mut open = None;
    let mut input = match found {
        None if *resume != Resume::AsNeeded => return Err(IssueError::NothingToResume),
        None => {
            let approvals = assignment.parts.policy.approvals;
            CodeAgentState::for_issue(assignment.forge_number)
                .with_approvals(approvals)
                .into()
        }
        Some(standing) => {
            open = standing.snapshot.interrupts.into_iter().next();
            RunInput::proceed()
        }
    };
    loop {
        if let Some(interrupt) = &open {
            match answers.find(assignment, interrupt, asked, reporter).await? {
                Some(answer) => input = answer,
                None => {
                    reporter.event(number, &RunEvent::waits(interrupt));
                    return Ok(Reached::Question);
                }
            }
        }
        let graph = graph(assignment, threads, open.as_ref())?;
        let outcome = run(&graph.thread(&assignment.thread), input, number, reporter).await?;
        let Outcome::Interrupted { interrupt, .. } = outcome else {
            return Ok(Reached::End);
        };
        (open, asked, input) = (Some(interrupt), Asked::Now, RunInput::proceed());
    }
}

async fn run(
    thread: &Thread<'_, CodeAgentState>,
    input: RunInput<CodeAgentState>,
    number: u64,
    reporter: &mut Reporter,
) -> Result<Outcome<CodeAgentState>, RunError> {
    let mut events = thread.stream(input, WATCHED);
    while let Some(event) = events.next().await {
        if let Some(event) = RunEvent::of(event) {
            reporter.event(number, &event);
        }
    }
    events.outcome().await
}
