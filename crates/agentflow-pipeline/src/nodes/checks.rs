//! Waits for the forge's checks of the newest commit.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};
use agentflow_github::{CheckConclusion, CheckState, CheckSummary, FailedCheck};

use crate::error::PipelineError;
use crate::event::{Phase, PipelineEvent};
use crate::parts::Parts;
use crate::state::{CheckOutcome, CodeAgentState, Feedback, RunStatus};

/// Waits until the checks are finished.
pub(crate) struct WaitForChecks {
    pub(crate) parts: Parts,
}

impl Node<CodeAgentState> for WaitForChecks {
    async fn run(
        &self,
        state: Arc<CodeAgentState>,
        cx: NodeContext,
    ) -> NodeResult<Command<CodeAgentState>> {
        let iteration = state.iteration;
        cx.emit(PipelineEvent::Phase {
            phase: Phase::WaitForChecks,
            iteration,
        })
        .await?;
        let repo = self.parts.github.repo(self.parts.repo.clone());
        let summary = repo
            .wait_for_checks(&state.head_sha, &self.parts.policy.checks)
            .await;
        let summary = summary.map_err(PipelineError::from)?;
        if let Some(cancelled) = summary.failed.iter().find(|check| was_not_run(check)) {
            let (check, why) = (cancelled.name.clone(), cancelled.output.clone());
            return Err(PipelineError::CheckNotRun { check, why }.into());
        }
        let mut evidence = Vec::with_capacity(summary.failed.len());
        for failed in &summary.failed {
            let wrote = repo.evidence(failed).await.map_err(PipelineError::from)?;
            evidence.push(format!("{}:\n{wrote}", failed.name));
        }
        let checks = outcome(&state.head_sha, &summary, &evidence);
        let (passed, failed) = (checks.passed, checks.failed.clone());
        cx.emit(PipelineEvent::Checks { passed, failed }).await?;
        let feedback = (!passed).then(|| Feedback::Checks {
            evidence: checks.evidence.clone(),
        });
        Ok(CodeAgentState::update()
            .checks(checks)
            .feedback(feedback)
            .into())
    }
}

impl WaitForChecks {
    /// A green change is reviewed; a red one is worked on while there are rounds left.
    pub(crate) fn next(iterations_max: u32, state: &CodeAgentState) -> &'static str {
        if state.checks.as_ref().is_some_and(|checks| checks.passed) {
            "review"
        } else if state.iteration < iterations_max {
            "code"
        } else {
            "give_up"
        }
    }

    /// Why a run whose checks stay red ends.
    pub(crate) fn reason(state: &CodeAgentState) -> RunStatus {
        let rounds = state.iteration;
        RunStatus::GaveUp(format!(
            "the checks of the pull request still fail after {rounds} rounds"
        ))
    }
}

/// A check that was stopped says nothing about the change.
fn was_not_run(check: &FailedCheck) -> bool {
    check.conclusion == Some(CheckConclusion::Cancelled)
}

fn outcome(sha: &str, summary: &CheckSummary, evidence: &[String]) -> CheckOutcome {
    CheckOutcome {
        sha: sha.to_owned(),
        passed: matches!(summary.state(), CheckState::Success | CheckState::Absent),
        failed: summary
            .failed
            .iter()
            .map(|failed| failed.name.clone())
            .collect(),
        evidence: evidence.join("\n\n"),
    }
}
