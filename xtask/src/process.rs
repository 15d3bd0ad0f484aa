//! Starts other programs from the workspace root and says what happened to them.
//!
//! It does not decide whether a failure matters; its callers do.

use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::workspace;

/// How often a program with a time limit is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// A program did not do what it was started for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ProcessError {
    #[error("`{command}` could not be started")]
    NotStarted {
        command: String,
        #[source]
        source: io::Error,
    },
    #[error("`{command}` failed with {status}{}", said(.stderr))]
    Failed {
        command: String,
        status: ExitStatus,
        stderr: String,
    },
    #[error("`{command}` was stopped after {} s", .limit.as_secs())]
    TooSlow { command: String, limit: Duration },
}

/// A program that will run from the workspace root.
pub(crate) fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(workspace::root());
    command
}

/// The cargo that started this program, or the one on the `PATH`.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    command(&cargo, args)
}

/// Runs a program with this terminal as its own, and waits for it.
pub(crate) fn run(mut command: Command) -> Result<(), ProcessError> {
    let status = command
        .status()
        .map_err(|source| not_started(&command, source))?;
    ended(&command, status, String::new())
}

/// Runs a program like [`run`], and stops it when it takes longer than `limit`.
pub(crate) fn run_within(mut command: Command, limit: Duration) -> Result<(), ProcessError> {
    let mut child = command
        .stdin(Stdio::null())
        .spawn()
        .map_err(|source| not_started(&command, source))?;
    let started = Instant::now();
    loop {
        let status = child
            .try_wait()
            .map_err(|source| not_started(&command, source))?;
        if let Some(status) = status {
            return ended(&command, status, String::new());
        }
        if started.elapsed() >= limit {
            // It may have ended just now; either way it is gone afterwards.
            let _ = child.kill();
            let _ = child.wait();
            return Err(ProcessError::TooSlow {
                command: line(&command),
                limit,
            });
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// Runs a program silently and returns what it wrote to its standard output.
pub(crate) fn output(mut command: Command) -> Result<String, ProcessError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| not_started(&command, source))?;
    let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    ended(&command, output.status, stderr)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The first line a program answers, or nothing when it is missing or fails.
pub(crate) fn answer(program: &str, args: &[&str]) -> Option<String> {
    let text = output(command(program, args)).ok()?;
    text.lines().next().map(|line| line.trim().to_owned())
}

/// A program as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn ended(command: &Command, status: ExitStatus, stderr: String) -> Result<(), ProcessError> {
    if status.success() {
        return Ok(());
    }
    Err(ProcessError::Failed {
        command: line(command),
        status,
        stderr,
    })
}

fn not_started(command: &Command, source: io::Error) -> ProcessError {
    ProcessError::NotStarted {
        command: line(command),
        source,
    }
}

fn said(stderr: &str) -> String {
    if stderr.is_empty() {
        String::new()
    } else {
        format!(":\n{stderr}")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_missing_program_is_named() {
        let error = run(command("no-such-program-anywhere", &["--now"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`no-such-program-anywhere --now` could not be started"
        );
    }

    #[test]
    fn a_failure_carries_what_the_program_said() {
        let mut rustc = command("rustc", &["--edition", "1066"]);
        rustc.env_remove("RUST_BACKTRACE");
        let error = output(rustc).unwrap_err();
        let ProcessError::Failed {
            command, stderr, ..
        } = error
        else {
            panic!("expected a failure, got {error:?}");
        };
        assert_eq!(command, "rustc --edition 1066");
        assert!(stderr.contains("1066"), "{stderr}");
    }

    #[test]
    fn a_program_over_its_time_limit_is_stopped() {
        // `cat` would wait for ever, were its input not closed; `sleep` does wait.
        let error = run_within(command("sleep", &["600"]), Duration::ZERO).unwrap_err();
        assert_eq!(error.to_string(), "`sleep 600` was stopped after 0 s");
    }
}
