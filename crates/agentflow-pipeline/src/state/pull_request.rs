//! What is known of the pull request.

use serde::{Deserialize, Serialize};

/// The pull request of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestInfo {
    /// Its number.
    pub number: u64,
    /// Where it can be seen.
    pub url: Option<String>,
}

/// What the forge's checks came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckOutcome {
    /// The commit that was checked.
    pub sha: String,
    /// Whether all passed, or there are none.
    pub passed: bool,
    /// Those that failed.
    pub failed: Vec<String>,
    /// What they printed, shortened.
    pub evidence: String,
}
