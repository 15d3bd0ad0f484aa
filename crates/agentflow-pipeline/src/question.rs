//! What the pipeline asks a person, and what the person says.

use serde::{Deserialize, Serialize};

use crate::state::Plan;

/// What a paused run asks: the payload of its interrupt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Question {
    /// The issue is unclear. The answer is text.
    Clarify {
        /// The issue.
        issue: u64,
        /// What is unclear.
        question: String,
        /// Where the question was posted.
        url: Option<String>,
    },
    /// Is this the right plan? The answer is a [`Decision`].
    ApprovePlan {
        /// The issue.
        issue: u64,
        /// The plan.
        plan: Plan,
    },
    /// May this be merged? The answer is a [`Decision`].
    ApproveMerge {
        /// The pull request.
        pull_request: u64,
        /// Where it can be seen.
        url: Option<String>,
        /// The reviewer's score, 0 to 1.
        score: f64,
    },
}

impl Question {
    /// The question as a person is asked it.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Clarify { question, .. } => question.clone(),
            Self::ApprovePlan { issue, plan } => {
                let steps = plan.steps.iter().map(|step| format!("\n  - {}", step.what));
                format!(
                    "Go on with this plan for issue #{issue}?{}",
                    steps.collect::<String>()
                )
            }
            Self::ApproveMerge {
                pull_request,
                score,
                ..
            } => {
                format!("Merge pull request #{pull_request}, reviewed with {score:.2}?")
            }
        }
    }
}

/// What a person says to a plan or a merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Go on.
    Approve,
    /// Do it otherwise: a plan is made again, a pull request is worked on again.
    Change(String),
    /// Stop here.
    Stop,
}
