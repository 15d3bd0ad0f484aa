//! Ends a run that cannot come to a merge, and says why.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};

use super::checks::WaitForChecks;
use super::feedback;
use super::verify::Verify;
use crate::parts::Policy;
use crate::state::{CodeAgentState, RunStatus};

/// Names the reason.
pub(crate) struct GiveUp {
    pub(crate) policy: Policy,
}

impl Node<CodeAgentState> for GiveUp {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        _: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        Ok(CodeAgentState::update().status(self.reason(&state)).into())
    }
}

impl GiveUp {
    fn reason(&self, state: &CodeAgentState) -> RunStatus {
        let is_checked = |sha: &str| sha == state.head_sha;
        let red = |checks: &&crate::CheckOutcome| is_checked(&checks.sha) && !checks.passed;
        if state.verify_failures >= self.policy.verify_failures_max {
            Verify::reason(state)
        } else if state.checks.as_ref().is_some_and(|checks| red(&checks)) {
            WaitForChecks::reason(state)
        } else {
            feedback::reason(state)
        }
    }
}
