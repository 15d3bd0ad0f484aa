//! Reads the change as the forge shows it.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};

use super::state::ReviewerState;
use crate::error::PipelineError;
use crate::parts::Parts;

/// Reads the pull request's diff.
pub(super) struct Gather {
    pub(super) parts: Parts,
}

impl Node<ReviewerState> for Gather {
    async fn run(
        &self,
        state: Arc<ReviewerState>,
        _: NodeContext,
    ) -> NodeResult<Command<ReviewerState>> {
        let github = self.parts.reviewer.as_ref().unwrap_or(&self.parts.github);
        let repo = github.repo(self.parts.repo.clone());
        let diff = repo
            .diff(state.pull_request)
            .await
            .map_err(PipelineError::from)?;
        Ok(ReviewerState::update().pr_diff(diff).into())
    }
}
