//! Which programs this machine has, found by starting them: a version manager's stand-in
//! is on the path and does not work.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::error::CliError;

/// A program that does not say its version in this time does not work.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// What a demo may count on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Machine {
    /// Whether there is a `python3` that starts.
    pub python: bool,
}

impl Machine {
    /// Looks for what a demo may use.
    pub(crate) async fn look() -> Self {
        Self {
            python: works("python3").await,
        }
    }
}

/// Git is needed by every run.
pub(crate) async fn need_git() -> Result<(), CliError> {
    need(
        "git",
        "install git, for instance with your system's package manager",
    )
    .await
}

/// Cargo is needed by the demo's Rust repository.
pub(crate) async fn need_cargo() -> Result<(), CliError> {
    need(
        "cargo",
        "install Rust from https://rustup.rs: the demo runs a Rust project's tests",
    )
    .await
}

async fn need(program: &'static str, remedy: &'static str) -> Result<(), CliError> {
    if works(program).await {
        Ok(())
    } else {
        Err(CliError::Program { program, remedy })
    }
}

async fn works(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = command.kill_on_drop(true).status();
    matches!(tokio::time::timeout(ANSWER_MAX, status).await, Ok(Ok(status)) if status.success())
}
