//! Checks the code out and runs its tests, to know how things stand before.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};
use agentflow_tools::git::CommitId;

use super::verify::run_tests;
use crate::bench::Bench;
use crate::error::PipelineError;
use crate::event::{Phase, PipelineEvent, TestPhase};
use crate::project::detect;
use crate::state::CodeAgentState;

/// Puts a branch at the base commit and runs the tests there.
pub(crate) struct Baseline {
    pub(crate) bench: Bench,
}

impl Node<CodeAgentState> for Baseline {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        cx.emit(PipelineEvent::Phase {
            phase: Phase::Baseline,
            iteration: 0,
        })
        .await?;
        let issue = state.issue_number;
        let base = CommitId::parse(&state.base_sha).map_err(PipelineError::from)?;
        let tree = self
            .bench
            .start_branch(issue, &state.branch, &base)
            .await?
            .to_string();
        let checkout = self.bench.at(issue, &tree).await?;
        let project = detect(checkout.work_tree())?;
        let before = run_tests(&self.bench, issue, &checkout, &project).await?;
        let event = PipelineEvent::Tests {
            phase: TestPhase::Before,
            summary: before.summary.clone(),
        };
        cx.emit(event).await?;
        // Files that the tests left are no change of ours.
        self.bench.begin_changes(issue);
        let update = CodeAgentState::update()
            .project(project)
            .tests_before(before.summary);
        Ok(update.tree(tree).into())
    }
}
