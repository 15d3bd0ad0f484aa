//! Reads the issue and fixes what the run builds on.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};
use agentflow_github::{IssueState, agent_branch};
use jiff::Timestamp;

use crate::error::PipelineError;
use crate::event::{Phase, PipelineEvent};
use crate::parts::Parts;
use crate::state::{CodeAgentState, IssueContent};

/// Reads the issue, the base branch and the time.
pub(crate) struct ParseIssue {
    pub(crate) parts: Parts,
}

impl Node<CodeAgentState> for ParseIssue {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        cx.emit(PipelineEvent::Phase {
            phase: Phase::ParseIssue,
            iteration: 0,
        })
        .await?;
        let number = state.issue_number;
        let repo = self.parts.github.repo(self.parts.repo.clone());
        let issue = repo.issue(number).await.map_err(PipelineError::from)?;
        if issue.is_pull_request {
            return Err(PipelineError::NotAnIssue { number }.into());
        }
        if issue.state != IssueState::Open {
            return Err(PipelineError::IssueClosed { number }.into());
        }
        let comments = repo
            .issue_comments(number)
            .await
            .map_err(PipelineError::from)?;
        let repository = repo.repository().await.map_err(PipelineError::from)?;
        let branch = repository.default_branch;
        let base = repo.branch(&branch).await.map_err(PipelineError::from)?;
        let base = base.ok_or_else(|| PipelineError::NoBaseBranch {
            branch: branch.clone(),
        })?;
        let now = Timestamp::now();
        let named =
            |login: Option<agentflow_github::Account>| login.map(|a| a.login).unwrap_or_default();
        let content = IssueContent {
            title: issue.title.clone(),
            body: issue.body,
            author: named(issue.author),
            comments: comments
                .into_iter()
                .map(|c| (named(c.author), c.body))
                .collect(),
        };
        Ok(CodeAgentState::update()
            .branch(agent_branch(now, &format!("{number} {}", issue.title)))
            .issue(content)
            .base_branch(branch)
            .base_sha(base.commit.sha)
            .started_at(now.as_second())
            .into())
    }
}
