//! What a reviewer says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a reviewer decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewDecision {
    /// It can be merged.
    Approve,
    /// It can be merged after changes.
    RequestChanges,
    /// It is the wrong way.
    Reject,
}

/// A remark on one line of the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InlineComment {
    /// The file.
    pub path: String,
    /// The line of the new file, from 1.
    pub line: u64,
    /// The remark.
    pub body: String,
}

/// What a review came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewOutcome {
    /// Which review, from 1.
    pub round: u32,
    /// The commit that was reviewed.
    pub sha: String,
    /// What was decided, after the policy was applied.
    pub decision: ReviewDecision,
    /// How good the change is, 0 to 1.
    pub score: f64,
    /// Why.
    pub summary: String,
    /// Remarks on lines.
    pub comments: Vec<InlineComment>,
}

/// What the next coding round has to take up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Feedback {
    /// Tests or lints failed on the change.
    Verification {
        /// What they printed, shortened.
        evidence: String,
    },
    /// The forge's checks failed.
    Checks {
        /// What they printed, shortened.
        evidence: String,
    },
    /// The reviewer asks for changes.
    Review {
        /// Why.
        summary: String,
        /// Remarks on lines.
        comments: Vec<InlineComment>,
    },
    /// A person asks for changes.
    Person {
        /// In their words.
        words: String,
    },
}
