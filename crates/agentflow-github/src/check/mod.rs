//! What CI says of a commit, and waiting for it.

mod log;
mod run;
mod summary;
mod wait;

pub use run::{CheckConclusion, CheckOutput, CheckRun, CheckStatus, CommitState, CommitStatus};
pub use summary::{CheckState, CheckSummary, FailedCheck};
pub use wait::{CheckWatch, NextLook, WaitPolicy};
