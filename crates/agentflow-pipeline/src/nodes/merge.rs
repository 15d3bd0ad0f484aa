//! Merges what is approved and green, after a person where the policy says so.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};
use agentflow_github::{CheckState, GitHubError};
use serde::{Deserialize, Serialize};

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
        if !(self.parts.policy.approvals.merge || state.approvals.merge) {
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
///
/// It looks at the checks once more: days may lie between them and a person's word.
/// While they are not green it leaves the run as it is, and the graph waits for them.
pub(crate) struct Merge {
    pub(crate) parts: Parts,
}

/// What the forge said to a merge.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Merged(String),
    Refused(String),
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
        let checks = repo
            .check_summary(&state.head_sha)
            .await
            .map_err(PipelineError::from)?;
        if !matches!(checks.state(), CheckState::Success | CheckState::Absent) {
            return Ok(Command::none());
        }
        let method = self.parts.policy.merge_method;
        let answer = cx
            .once("merge", || async {
                // Only the commit that was reviewed; and one that is merged stays merged.
                match repo.ensure_merged(number, method, &state.head_sha).await {
                    Ok(merged) => Ok(Answer::Merged(merged.sha)),
                    Err(
                        error @ (GitHubError::NotMergeable { .. } | GitHubError::HeadMoved { .. }),
                    ) => Ok(Answer::Refused(error.to_string())),
                    Err(error) => Err(PipelineError::from(error)),
                }
            })
            .await?;
        let update = CodeAgentState::update();
        Ok(match answer {
            Answer::Merged(sha) => {
                cx.emit(PipelineEvent::Merged {
                    number,
                    sha: sha.clone(),
                })
                .await?;
                update.merge_sha(sha).status(RunStatus::Merged).into()
            }
            Answer::Refused(why) => {
                let why = format!("the forge does not merge it, a person has to: {why}");
                update.status(RunStatus::GaveUp(why)).into()
            }
        })
    }
}

fn pull_request(state: &CodeAgentState) -> Result<&PullRequestInfo, PipelineError> {
    state.pull_request.as_ref().ok_or(PipelineError::Missing {
        what: "pull request",
    })
}
