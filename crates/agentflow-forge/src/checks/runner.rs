//! The trait behind which a check command runs, and what goes in and out.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;

use super::output::CheckOutput;

/// One check to be run.
#[derive(Clone, Copy, Debug)]
pub struct CheckJob<'a> {
    /// Repository, as `owner/name`.
    pub repository: &'a str,
    /// Commit that is checked out.
    pub head_sha: &'a str,
    /// Fresh checkout of that commit. The command may write in it; it is thrown away afterwards.
    pub workdir: &'a Path,
    /// Program and arguments, to be started in the checkout. Never empty.
    pub command: &'a [&'a str],
    /// Longest run; then the command is to be killed with everything it started.
    pub time_limit: Duration,
    /// Output to keep, half from its start and half from its end.
    pub output_bytes_max: usize,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckStatus {
    /// By itself, with this status.
    Exited(i32),
    /// By this signal.
    Signalled(i32),
    /// By the runner, after the time limit.
    TimedOut,
}

impl CheckStatus {
    /// Whether the check passed.
    pub fn is_success(self) -> bool {
        self == Self::Exited(0)
    }
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// How the command ended.
    pub status: CheckStatus,
    /// What it wrote to standard output and standard error, as they came.
    pub output: CheckOutput,
    /// How long it ran.
    pub duration: Duration,
}

/// Why a check could not be run. A command that ran and failed is a [`CheckReport`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The command could not be started.
    #[error("`{program}` could not be started")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The command was started and lost sight of.
    #[error("the running check could not be followed")]
    Lost(#[source] std::io::Error),
    /// The runner's own environment failed, such as a sandbox that is not there.
    #[error("the check's runner failed")]
    Runner(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Runs check commands.
#[async_trait]
pub trait CheckRunner: Send + Sync {
    /// Runs one command to its end or its limit.
    ///
    /// # Errors
    /// [`CheckError`] when there is no result to report.
    ///
    /// # Cancel safety
    /// Dropping the future must kill what it started; the forge runs the check again later.
    async fn run(&self, job: CheckJob<'_>) -> Result<CheckReport, CheckError>;
}
