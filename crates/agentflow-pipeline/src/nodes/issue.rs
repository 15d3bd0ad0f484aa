//! Reads the issue and fixes what the run builds on.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use agentflow_core::{Command, Node, NodeContext, NodeResult};
use agentflow_github::IssueState;

use crate::error::PipelineError;
use crate::event::{Phase, PipelineEvent};
use crate::parts::Parts;
use crate::state::{CodeAgentState, IssueContent};

/// Words of an issue's title that its branch is named after.
const SLUG_CHARS_MAX: usize = 40;

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
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
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
            .branch(format!("agentflow/issue-{number}-{}", slug(&issue.title)))
            .issue(content)
            .base_branch(branch)
            .base_sha(base.commit.sha)
            .started_at(i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
            .into())
    }
}

/// A title as part of a branch's name.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= SLUG_CHARS_MAX {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "change".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_part_of_a_branch_name() {
        for (title, want) in [
            ("Last page is empty!", "last-page-is-empty"),
            ("  `wrap()` — panics  ", "wrap-panics"),
            ("日本語", "change"),
            ("", "change"),
            ("a/../b~^:?*[", "a-b"),
        ] {
            assert_eq!(slug(title), want, "{title}");
        }
        assert!(slug(&"very long words ".repeat(20)).len() <= SLUG_CHARS_MAX);
    }
}
