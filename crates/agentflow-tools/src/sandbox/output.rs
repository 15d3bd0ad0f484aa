//! How a command went.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use crate::process::{Ending, Finished};

/// Added by shells, and by the tools that start a command, to a signal's number.
const SIGNAL_OFFSET: i32 = 128;
const SIGNAL_MAX: i32 = 64;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandStatus {
    /// By itself, with this exit code.
    Exited(i32),
    /// By this signal. Also told from an exit code above 128, which is how a
    /// shell or a sandbox hands on that its child died by a signal.
    Signaled(i32),
    /// It was killed at its time limit.
    TimedOut,
    /// It was killed because it wrote more than it may.
    OutputLimit,
}

impl CommandStatus {
    /// Whether the command ended by itself with exit code 0.
    pub fn is_success(self) -> bool {
        self == Self::Exited(0)
    }
}

impl fmt::Display for CommandStatus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(out, "exit code {code}"),
            Self::Signaled(signal) => write!(out, "killed by signal {signal}"),
            Self::TimedOut => out.write_str("killed at its time limit"),
            Self::OutputLimit => out.write_str("killed for writing more output than it may"),
        }
    }
}

impl From<Ending> for CommandStatus {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::TimedOut => Self::TimedOut,
            Ending::OutputLimit => Self::OutputLimit,
            Ending::Exited(status) => match (status.code(), status.signal()) {
                (Some(code), _) => {
                    let signal = code - SIGNAL_OFFSET;
                    if (1..=SIGNAL_MAX).contains(&signal) {
                        Self::Signaled(signal)
                    } else {
                        Self::Exited(code)
                    }
                }
                (None, signal) => Self::Signaled(signal.unwrap_or(0)),
            },
        }
    }
}

/// What a command left behind, apart from its files.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CommandOutput {
    /// How it ended.
    pub status: CommandStatus,
    /// Its standard output as text. Where the middle is missing, a line says so.
    pub stdout: String,
    /// Its standard error as text. Where the middle is missing, a line says so.
    pub stderr: String,
    /// Bytes of both outputs that were not kept.
    pub left_out_bytes: u64,
    /// Time from start to end. It differs from run to run: for people and
    /// metrics, not for anything that is compared or replayed.
    pub duration: Duration,
}

impl CommandOutput {
    pub(super) fn new(finished: Finished, duration: Duration) -> Self {
        Self {
            status: finished.ending.into(),
            left_out_bytes: finished.stdout.left_out() + finished.stderr.left_out(),
            stdout: finished.stdout.into_text(),
            stderr: finished.stderr.into_text(),
            duration,
        }
    }
}
