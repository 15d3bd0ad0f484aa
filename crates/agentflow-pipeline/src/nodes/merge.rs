//! Merges what is approved and green, after a person where the policy says so.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};

use crate::error::PipelineError;
use crate::event::{Phase, PipelineEvent};
use crate::parts::Parts;
use crate::question::{Decision, Question};
use crate::state::{CodeAgentState, Feedback, PullRequestInfo, RunStatus};

/// Pauses until a person has decided on the merge, if the policy says so.
pub(crate) struct ApproveMerge {
    pub(crate) parts: Parts,
}

impl Node<CodeAgentState> for ApproveMerge {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        if !self.parts.policy.approvals.merge {
            return Ok(Command::goto("merge"));
        }
        let pull = pull_request(&state)?;
        let ask = Question::ApproveMerge {
            pull_request: pull.number,
            url: pull.url.clone(),
            score: state.reviews.last().map_or(0.0, |review| review.score),
        };
        let update = CodeAgentState::update();
        Ok(match cx.interrupt::<Decision>(ask)? {
            Decision::Approve => Command::goto("merge"),
            Decision::Change(words) => {
                Command::update(update.feedback([Feedback::Person { words }])).and_goto("code")
            }
            Decision::Stop => Command::update(update.status(RunStatus::Stopped)).and_goto("report"),
        })
    }
}

/// Merges the pull request, or sees that it is merged.
pub(crate) struct Merge {
    pub(crate) parts: Parts,
}

impl Node<CodeAgentState> for Merge {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        let iteration = state.iteration;
        cx.emit(PipelineEvent::Phase {
            phase: Phase::Merge,
            iteration,
        })
        .await?;
        let number = pull_request(&state)?.number;
        let repo = self.parts.github.repo(self.parts.repo.clone());
        let method = self.parts.policy.merge_method;
        let sha = cx
            .once("merge", || async {
                // Only the commit that was reviewed; and one that is merged stays merged.
                let merged = repo.ensure_merged(number, method, &state.head_sha).await;
                merged.map(|merged| merged.sha).map_err(PipelineError::from)
            })
            .await?;
        cx.emit(PipelineEvent::Merged {
            number,
            sha: sha.clone(),
        })
        .await?;
        Ok(CodeAgentState::update()
            .merge_sha(sha)
            .status(RunStatus::Merged)
            .into())
    }
}

fn pull_request(state: &CodeAgentState) -> Result<&PullRequestInfo, PipelineError> {
    state.pull_request.as_ref().ok_or(PipelineError::Missing {
        what: "pull request",
    })
}
