//! Opens the pull request, once.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};
use agentflow_github::NewPullRequest;

use super::publish::title;
use crate::error::PipelineError;
use crate::event::{Phase, PipelineEvent};
use crate::parts::Parts;
use crate::state::{CodeAgentState, PullRequestInfo};

/// Opens the pull request, or takes the one that is there for the branch.
pub(crate) struct OpenPullRequest {
    pub(crate) parts: Parts,
}

impl Node<CodeAgentState> for OpenPullRequest {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        let iteration = state.iteration;
        if state.pull_request.is_some() {
            // A later round: the push has moved it already.
            return Ok(Command::none());
        }
        cx.emit(PipelineEvent::Phase {
            phase: Phase::OpenPullRequest,
            iteration,
        })
        .await?;
        let repo = self.parts.github.repo(self.parts.repo.clone());
        let new = NewPullRequest {
            title: title(&state),
            head: state.branch.clone(),
            base: state.base_branch.clone(),
            body: body(&state),
            draft: false,
        };
        let info = cx
            .once("open", || async {
                let pull = repo
                    .ensure_pull_request(&new)
                    .await
                    .map_err(PipelineError::from)?;
                let url = pull.html_url;
                Ok::<_, PipelineError>(PullRequestInfo {
                    number: pull.number,
                    url,
                })
            })
            .await?;
        let (number, url) = (info.number, info.url.clone());
        cx.emit(PipelineEvent::PullRequest { number, url }).await?;
        Ok(CodeAgentState::update().pull_request(info).into())
    }
}

fn body(state: &CodeAgentState) -> String {
    let steps = state.plan.iter().flat_map(|plan| &plan.steps);
    let steps: String = steps.map(|step| format!("- {}\n", step.what)).collect();
    let tests = |tests: &Option<crate::TestSummary>| match tests {
        Some(tests) => format!("{} passed, {} failed", tests.passed, tests.failed),
        None => "not run".to_owned(),
    };
    format!(
        "Closes #{}\n\n{}\n\n## Plan\n\n{steps}\n## Tests\n\nBefore: {}. After: {}.\n",
        state.issue_number,
        state.change_summary.trim(),
        tests(&state.tests_before),
        tests(&state.tests_after),
    )
}
