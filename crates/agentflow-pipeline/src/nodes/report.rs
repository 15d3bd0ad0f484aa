//! Says on the issue what became of it.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};

use crate::error::PipelineError;
use crate::event::{Phase, PipelineEvent};
use crate::parts::Parts;
use crate::state::{CodeAgentState, RunStatus};

/// Posts one comment on the issue.
pub(crate) struct Report {
    pub(crate) parts: Parts,
}

impl Node<CodeAgentState> for Report {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        let iteration = state.iteration;
        cx.emit(PipelineEvent::Phase {
            phase: Phase::Report,
            iteration,
        })
        .await?;
        let number = state.issue_number;
        let repo = self.parts.github.repo(self.parts.repo.clone());
        let key = format!("issue-{number}-report");
        cx.once("report", || async {
            let posted = repo
                .create_issue_comment_once(number, &key, &text(&state))
                .await;
            posted
                .map(|comment| comment.id)
                .map_err(PipelineError::from)
        })
        .await?;
        Ok(Command::none())
    }
}

fn text(state: &CodeAgentState) -> String {
    let pull = state
        .pull_request
        .as_ref()
        .map(|pull| format!(" #{}", pull.number));
    let pull = pull.unwrap_or_default();
    let outcome = match &state.status {
        RunStatus::Merged => format!("Done: pull request{pull} is merged."),
        RunStatus::Rejected => format!("The reviewer rejected pull request{pull}; it stays open."),
        RunStatus::Stopped => format!("Stopped by a person; pull request{pull} stays open."),
        RunStatus::GaveUp(reason) if pull.is_empty() => format!("I gave up: {reason}."),
        RunStatus::GaveUp(reason) => {
            format!("I gave up: {reason}. Pull request{pull} stays open for a person.")
        }
        RunStatus::Working => "At work.".to_owned(),
    };
    let tests = match (&state.tests_before, &state.tests_after) {
        (Some(before), Some(after)) => format!(
            "Tests before: {} passed, {} failed. After: {} passed, {} failed.",
            before.passed, before.failed, after.passed, after.failed
        ),
        _ => "Tests were not run.".to_owned(),
    };
    let scores = state
        .reviews
        .iter()
        .map(|review| format!("{:.2}", review.score));
    let scores = scores.collect::<Vec<_>>().join(", ");
    let tokens = state.usage.total_tokens();
    format!(
        "{outcome}\n\n{tests}\n\nRounds: {}. Review scores: {scores}. Tokens: {tokens}.",
        state.iteration
    )
}
