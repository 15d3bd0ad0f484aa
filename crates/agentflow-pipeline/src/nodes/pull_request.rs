//! Opens the pull request, once.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};
use agentflow_github::{GitHubError, NewPullRequest, PullRequestText, Repo};

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
            body: self.body(&repo, &state).await?,
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
        self.ask_owners(&repo, info.number).await?;
        let (number, url) = (info.number, info.url.clone());
        cx.emit(PipelineEvent::PullRequest { number, url }).await?;
        Ok(CodeAgentState::update().pull_request(info).into())
    }
}

impl OpenPullRequest {
    /// The text, in the repository's own template where it has one.
    async fn body(&self, repo: &Repo, state: &CodeAgentState) -> Result<String, PipelineError> {
        let text = text(state);
        let template = repo.pull_request_template(&state.base_sha).await?;
        Ok(template.map_or_else(|| text.plain(), |template| template.fill(&text)))
    }

    /// Asks those who own what changes, as the repository says; twice is the same as once.
    async fn ask_owners(&self, repo: &Repo, number: u64) -> Result<(), PipelineError> {
        match repo.request_code_owners(number).await {
            Ok(_) => Ok(()),
            // The rules may name somebody who may not read the repository: the pull request is
            // worth having without them.
            Err(error @ (GitHubError::Validation { .. } | GitHubError::Forbidden { .. })) => {
                tracing::warn!(%error, "the owners of the changed files were not asked");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn text(state: &CodeAgentState) -> PullRequestText {
    let steps = state.plan.iter().flat_map(|plan| &plan.steps);
    let steps: Vec<String> = steps.map(|step| format!("- {}", step.what)).collect();
    let tests = |tests: &Option<crate::TestSummary>| match tests {
        Some(tests) => format!("{} passed, {} failed", tests.passed, tests.failed),
        None => "not run".to_owned(),
    };
    PullRequestText {
        summary: format!("{}\n\n{}", state.change_summary.trim(), steps.join("\n")),
        motivation: String::new(),
        testing: format!(
            "Tests before: {}. After: {}.",
            tests(&state.tests_before),
            tests(&state.tests_after)
        ),
        issues: format!("Closes #{}", state.issue_number),
    }
}
