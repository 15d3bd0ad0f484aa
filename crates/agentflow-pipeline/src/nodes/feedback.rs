//! Hands what the reviewer said to the next coding round.

use std::sync::Arc;

use agentflow_core::{NodeContext, NodeResult};

use crate::error::PipelineError;
use crate::event::{Phase, PipelineEvent};
use crate::state::{CodeAgentState, CodeAgentStateUpdate, Feedback, ReviewDecision, RunStatus};

/// Takes up the newest review.
pub(crate) async fn address_feedback(
    state: Arc<CodeAgentState>,
    cx: NodeContext,
) -> NodeResult<CodeAgentStateUpdate> {
    let iteration = state.iteration;
    cx.emit(PipelineEvent::Phase {
        phase: Phase::AddressFeedback,
        iteration,
    })
    .await?;
    let review = state
        .reviews
        .last()
        .ok_or(PipelineError::Missing { what: "review" })?;
    let (summary, comments) = (review.summary.clone(), review.comments.clone());
    Ok(CodeAgentState::update().feedback([Feedback::Review { summary, comments }]))
}

/// Where a review leads.
pub(crate) fn after_review(iterations_max: u32, state: &CodeAgentState) -> &'static str {
    match state.reviews.last().map(|review| review.decision) {
        Some(ReviewDecision::Approve) => "approve_merge",
        Some(ReviewDecision::RequestChanges) if state.iteration < iterations_max => {
            "address_feedback"
        }
        _ => "give_up",
    }
}

/// Why a run that was not approved ends.
pub(crate) fn reason(state: &CodeAgentState) -> RunStatus {
    match state.reviews.last().map(|review| review.decision) {
        Some(ReviewDecision::Reject) => RunStatus::Rejected,
        _ => {
            let rounds = state.iteration;
            RunStatus::GaveUp(format!(
                "the reviewer still asks for changes after {rounds} rounds"
            ))
        }
    }
}
