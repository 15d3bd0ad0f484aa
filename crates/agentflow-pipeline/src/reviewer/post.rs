//! Posts the review, once.

use std::sync::Arc;

use agentflow_core::{Command, Node, NodeContext, NodeResult};
use agentflow_github::{DiffSide, GitHub, NewReview, NewReviewComment, ReviewEvent};

use super::state::ReviewerState;
use crate::error::PipelineError;
use crate::event::PipelineEvent;
use crate::parts::Parts;
use crate::state::ReviewDecision;

/// Posts the review.
pub(super) struct Post {
    pub(super) parts: Parts,
}

impl Node<ReviewerState> for Post {
    async fn run(
        &self,
        state: Arc<ReviewerState>,
        cx: NodeContext,
    ) -> NodeResult<Command<ReviewerState>> {
        let decision = state
            .decision
            .ok_or(PipelineError::Missing { what: "verdict" })?;
        let review = NewReview {
            event: self.event(decision),
            body: body(&state, decision),
            comments: state
                .comments
                .iter()
                .map(|comment| NewReviewComment {
                    path: comment.path.clone(),
                    line: comment.line,
                    side: DiffSide::Right,
                    start_line: None,
                    body: comment.body.clone(),
                })
                .collect(),
            commit_id: Some(state.head_sha.clone()),
        };
        let repo = self.github().repo(self.parts.repo.clone());
        let key = format!("issue-{}-review-{}", state.issue_number, state.round);
        cx.once("review", || async {
            // Looks first: a run that was killed after posting finds its review.
            let posted = repo.ensure_review(state.pull_request, &key, &review).await;
            posted.map(|review| review.id).map_err(PipelineError::from)
        })
        .await?;
        let first_line = state.summary.lines().next().unwrap_or_default().to_owned();
        cx.emit(PipelineEvent::Review {
            round: state.round,
            decision,
            score: state.code_score,
            comments: state.comments.len(),
            summary: first_line,
        })
        .await?;
        Ok(Command::none())
    }
}

impl Post {
    fn github(&self) -> &GitHub {
        self.parts.reviewer.as_ref().unwrap_or(&self.parts.github)
    }

    /// Nobody may approve their own pull request: without a reviewer of its own, the
    /// forge gets a comment.
    fn event(&self, decision: ReviewDecision) -> ReviewEvent {
        match (self.parts.reviewer.is_some(), decision) {
            (false, _) => ReviewEvent::Comment,
            (true, ReviewDecision::Approve) => ReviewEvent::Approve,
            (true, ReviewDecision::RequestChanges | ReviewDecision::Reject) => {
                ReviewEvent::RequestChanges
            }
        }
    }
}

fn body(state: &ReviewerState, decision: ReviewDecision) -> String {
    let verdict = match decision {
        ReviewDecision::Approve => "approved",
        ReviewDecision::RequestChanges => "changes requested",
        ReviewDecision::Reject => "rejected",
    };
    format!(
        "**{verdict}**, score {:.2}\n\n{}",
        state.code_score, state.summary
    )
}
