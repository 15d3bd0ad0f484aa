//! The state of the reviewer.

use agentflow_core::State;
use agentflow_llm::Usage;
use serde::{Deserialize, Serialize};

use crate::state::{CodeAgentState, Feedback, InlineComment, ReviewDecision, ReviewOutcome};

/// What a review knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, State)]
pub struct ReviewerState {
    /// The pull request.
    pub pull_request: u64,
    /// The commit to review.
    pub head_sha: String,
    /// Which review of this pull request it is, from 1.
    pub round: u32,
    /// The issue.
    pub issue_number: u64,
    /// Its title and text.
    pub issue: String,
    /// What must be true in the end.
    pub requirements: Vec<String>,
    /// What the author says of the change.
    pub change_summary: String,
    /// What earlier reviews asked for.
    pub earlier_remarks: Vec<String>,
    /// Whether checks ran and passed.
    pub checks_passed: bool,
    /// The change as the forge shows it.
    pub pr_diff: String,
    /// How good it is, 0 to 1.
    pub code_score: f64,
    /// What is decided.
    pub decision: Option<ReviewDecision>,
    /// Why.
    pub summary: String,
    /// Remarks on lines that the diff shows.
    pub comments: Vec<InlineComment>,
    /// What the model's replies cost.
    #[state(reducer = add)]
    pub usage: Usage,
}

impl ReviewerState {
    /// The review that is due in a run of the code agent.
    pub(crate) fn due_in(run: &CodeAgentState) -> Self {
        let issue = run.issue.clone().unwrap_or_default();
        let earlier = run.feedback.iter().filter_map(|feedback| match feedback {
            Feedback::Review { summary, comments } => Some((summary, comments)),
            _ => None,
        });
        let earlier_remarks = earlier.flat_map(|(summary, comments)| {
            let remarks = comments
                .iter()
                .map(|c| format!("{}:{}: {}", c.path, c.line, c.body));
            std::iter::once(summary.clone()).chain(remarks)
        });
        Self {
            pull_request: run.pull_request.as_ref().map_or(0, |pull| pull.number),
            head_sha: run.head_sha.clone(),
            round: u32::try_from(run.reviews.len())
                .unwrap_or(u32::MAX)
                .saturating_add(1),
            issue_number: run.issue_number,
            issue: format!("{}\n\n{}", issue.title, issue.body),
            requirements: run
                .analysis
                .iter()
                .flat_map(|a| a.requirements.clone())
                .collect(),
            change_summary: run.change_summary.clone(),
            earlier_remarks: earlier_remarks.collect(),
            checks_passed: run.checks.as_ref().is_some_and(|checks| checks.passed),
            ..Self::default()
        }
    }

    /// What the review came to.
    pub(crate) fn into_outcome(self) -> ReviewOutcome {
        ReviewOutcome {
            round: self.round,
            sha: self.head_sha,
            // A review without a decision has not been made; it approves nothing.
            decision: self.decision.unwrap_or(ReviewDecision::RequestChanges),
            score: self.code_score,
            summary: self.summary,
            comments: self.comments,
        }
    }
}
