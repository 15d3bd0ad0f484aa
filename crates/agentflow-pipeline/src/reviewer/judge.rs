//! Has the model judge the change, and holds its verdict against the policy.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::placed::place;
use super::state::ReviewerState;
use crate::ask::ask_json;
use crate::event::{Phase, PipelineEvent};
use crate::parts::Parts;
use crate::prompt;
use crate::state::{InlineComment, ReviewDecision};

/// Remarks that are kept; reviewers that make more are mostly wrong.
const COMMENTS_MAX: usize = 6;

/// Judges the change.
pub(super) struct Judge {
    pub(super) parts: Parts,
}

/// What the model answers.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Verdict {
    score: f64,
    decision: ReviewDecision,
    summary: String,
    #[serde(default)]
    comments: Vec<InlineComment>,
}

impl Node<ReviewerState> for Judge {
    async fn run(
        &self,
        state: Arc<ReviewerState>,
        cx: NodeContext,
    ) -> NodeResult<Command<ReviewerState>> {
        cx.emit(PipelineEvent::Phase {
            phase: Phase::Review,
            iteration: state.round,
        })
        .await?;
        let label = format!("review/{}", state.round);
        let model = &*self.parts.review_model;
        let answered = ask_json::<Verdict>(model, &cx, &label, prompt::review(&state)).await?;
        let mut verdict = answered.value;
        verdict.comments.truncate(COMMENTS_MAX);
        let score = if verdict.score.is_finite() {
            verdict.score.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let (comments, elsewhere) = place(&state.pr_diff, verdict.comments);
        let mut summary = verdict.summary;
        for comment in elsewhere {
            summary.push_str(&format!(
                "\n\n{}:{}: {}",
                comment.path, comment.line, comment.body
            ));
        }
        let decision = if verdict.decision == ReviewDecision::Approve
            && score < self.parts.policy.score_min
        {
            summary.push_str(&format!(
                "\n\nThe score of {score:.2} is below {:.2}, so this does not count as an approval.",
                self.parts.policy.score_min
            ));
            ReviewDecision::RequestChanges
        } else {
            verdict.decision
        };
        let update = ReviewerState::update().code_score(score).decision(decision);
        Ok(update
            .summary(summary)
            .comments(comments)
            .usage(answered.usage)
            .into())
    }
}
