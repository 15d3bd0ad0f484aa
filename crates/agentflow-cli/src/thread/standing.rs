//! How an issue's thread stands, read without running it.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::{
    CheckpointId, CompiledGraph, GraphError, HistoryQuery, Interrupt, StateSnapshot, Thread,
};
use agentflow_pipeline::{CodeAgentState, Question, code_agent};
use agentflow_sql::SqliteCheckpointer;

use super::work::IssueError;
use crate::prepare::Assignment;
use crate::report::{IssueReport, Status};

/// A thread as it was found.
pub(super) struct Standing {
    pub(super) snapshot: StateSnapshot<CodeAgentState>,
    pub(super) is_done: bool,
    /// From its first checkpoint to its newest.
    pub(super) duration: Duration,
}

/// The report of an issue as its thread stands; `status` is that of a thread that is half way.
pub(crate) async fn stand(
    assignment: &Assignment,
    threads: &Arc<SqliteCheckpointer>,
    status: Status,
) -> IssueReport {
    let (number, title) = (assignment.number, assignment.title.as_str());
    match find(assignment, threads).await {
        Ok(Some(standing)) => {
            let state = &standing.snapshot.values;
            let report = if standing.is_done {
                IssueReport::ended(number, title, state)
            } else {
                IssueReport::of(number, title, state, status)
            };
            IssueReport {
                duration: standing.duration,
                ..report
            }
        }
        // A thread that cannot be read has said so where it was worked on.
        Ok(None) | Err(_) => IssueReport::not_started(number, title),
    }
}

/// Where an issue's thread stands, as far as an answer is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// For an answer.
    ForAnswer,
    /// For nobody: a person answered it, and it was stopped before it was through.
    ForNobody,
    /// It was never answered, or has come to its end.
    Nothing,
}

pub(crate) async fn waits_for(
    assignment: &Assignment,
    threads: &Arc<SqliteCheckpointer>,
) -> Result<Waiting, IssueError> {
    Ok(match find(assignment, threads).await? {
        Some(standing) if !standing.snapshot.interrupts.is_empty() => Waiting::ForAnswer,
        Some(standing) if !standing.is_done && was_answered(&standing.snapshot) => {
            Waiting::ForNobody
        }
        _ => Waiting::Nothing,
    })
}

/// Whether a person has answered this run: it stands in a node that asks, without a
/// question, or is past one.
fn was_answered(snapshot: &StateSnapshot<CodeAgentState>) -> bool {
    const ASKING: [&str; 3] = ["clarify", "approve_plan", "approve_merge"];
    let state = &snapshot.values;
    let in_one = snapshot
        .next
        .iter()
        .any(|node| ASKING.contains(&node.as_str()));
    in_one || !state.clarifications.is_empty() || (state.approvals.plan && state.plan.is_some())
}

/// The issue's thread, if it has begun.
pub(super) async fn find(
    assignment: &Assignment,
    threads: &Arc<SqliteCheckpointer>,
) -> Result<Option<Standing>, IssueError> {
    let graph = graph(assignment, threads, None)?;
    let thread: Thread<'_, CodeAgentState> = graph.thread(&assignment.thread);
    let Some(snapshot) = thread.state().await? else {
        return Ok(None);
    };
    let first = HistoryQuery {
        before: Some(CheckpointId::after(Some(CheckpointId::after(None)))),
        limit: 1,
        ..HistoryQuery::default()
    };
    let oldest = thread.history(first).await?.pop();
    let duration = match &oldest {
        Some(oldest) => snapshot.created_at.since(oldest.created_at),
        None => Duration::ZERO,
    };
    Ok(Some(Standing {
        is_done: snapshot.is_done(),
        duration,
        snapshot,
    }))
}

/// The graph for this run. Where a person was asked already, the person decides, whatever
/// this command line says.
pub(super) fn graph(
    assignment: &Assignment,
    threads: &Arc<SqliteCheckpointer>,
    open: Option<&Interrupt>,
) -> Result<CompiledGraph<CodeAgentState>, GraphError> {
    let mut parts = assignment.parts.clone();
    let open = open.and_then(|open| serde_json::from_value::<Question>(open.payload.clone()).ok());
    match open {
        Some(Question::ApprovePlan { .. }) => parts.policy.approvals.plan = true,
        Some(Question::ApproveMerge { .. }) => parts.policy.approvals.merge = true,
        _ => {}
    }
    code_agent(&parts)?.compile_with(Arc::clone(threads))
}
