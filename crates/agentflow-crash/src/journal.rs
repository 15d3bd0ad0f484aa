//! The journal of a trial: what its children did and what was done to them, in the order
//! in which it happened.
//!
//! One file that all of them append to, each entry by one write: entries of several
//! processes do not mix, and what was written before a SIGKILL stays. It is not forced
//! to the disk, since only processes die here, never the machine.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use agentflow_core::CheckpointId;
use serde::{Deserialize, Serialize};

use crate::points::Point;

/// Which child of a trial, from 1.
pub type Life = u32;

/// Something that happened in a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whom it happened to; 0 if to none of them alone.
    pub life: Life,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A child began.
    Began,
    /// A child passed a point; told only if it was asked for.
    Passed(Point),
    /// A child is about to strike itself at a point.
    Strikes(Point),
    /// A child was granted the thread's lease.
    Granted {
        /// Its epoch.
        epoch: u64,
    },
    /// A child asks the store for a write.
    Tries {
        /// Which of its writes, from 1.
        write: u32,
        /// The call.
        call: String,
        /// The epoch it carries.
        epoch: u64,
    },
    /// The store acknowledged a write.
    Acknowledged {
        /// Which.
        write: u32,
        /// What was committed, if it was a commit.
        committed: Option<Committed>,
        /// The tasks that are finished by it, each with the namespace of its graph.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        finished: Vec<String>,
    },
    /// The store refused a write.
    Refused {
        /// Which.
        write: u32,
        /// Whether because another writer took over.
        is_fenced: bool,
        /// What it said.
        error: String,
    },
    /// A task runs from its first line.
    TaskBegins {
        /// Its name, with the namespace of its graph.
        task: String,
    },
    /// An effect begins: there was no record of it.
    EffectBegins {
        /// Its name, unique in the trial.
        effect: String,
        /// What keeps it from happening twice.
        guard: Guard,
    },
    /// `once` has returned after the effect: its record is stored.
    EffectRecorded {
        /// Its name.
        effect: String,
    },
    /// `once` has failed after the effect: there is no record.
    EffectUnrecorded {
        /// Its name.
        effect: String,
    },
    /// A run of a child ended with an error, which let go of whatever was running.
    RunFailed {
        /// What was said.
        error: String,
    },
    /// A child found the thread done and ends.
    Done,
    /// A child gives up, and waits for somebody to make room.
    GaveUp,
    /// The director has killed a child; it is dead.
    Killed,
    /// The director has found a child stopped.
    Stopped,
    /// The director lets a stopped child go on.
    Woken,
    /// The network holds back what a child says and hears, from here on.
    HeldBack,
    /// The server was stopped and is there again.
    Restarted {
        /// Whether as by a crash.
        crashed: bool,
    },
}

/// When a run stores its supersteps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Each before the next begins.
    #[default]
    Sync,
    /// In the background.
    Async,
    /// When it ends or pauses, and before an effect.
    Exit,
}

/// What keeps an effect from happening twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// `once` alone: between it and its record lies a window.
    Once,
    /// `once`, and an idempotency key that the service knows.
    Key,
    /// A transaction that it shares with its record: there is no window.
    Transaction,
}

/// A checkpoint that a store has acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// The graph's namespace.
    pub namespace: String,
    /// Its number.
    pub id: CheckpointId,
    /// The superstep it ends.
    pub step: i64,
    /// The epoch of the run that made it.
    pub run: u64,
}

/// Appends to the journal.
#[derive(Debug)]
pub struct Journal {
    file: File,
    life: Life,
}

impl Journal {
    /// Opens the journal at `path`, or creates it, for what happens to `life`.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn append_to(path: &Path, life: Life) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { file, life })
    }

    /// Writes down that something happened.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn note(&self, what: What) -> io::Result<()> {
        let life = self.life;
        let mut line = serde_json::to_vec(&Entry { life, what })?;
        line.push(b'\n');
        (&self.file).write_all(&line)
    }
}

/// A journal that does not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file is not there or fails.
    #[error("the journal `{}` cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line is no entry.
    #[error("line {line} of the journal is no entry: `{text}`")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What it says.
        text: String,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
}

/// Reads a whole journal, in order.
///
/// # Errors
/// If it is not there or does not read.
pub fn read(path: &Path) -> Result<Vec<Entry>, JournalError> {
    let text = std::fs::read_to_string(path).map_err(|source| JournalError::Io {
        path: path.to_owned(),
        source,
    })?;
    let entry = |(index, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|source| JournalError::Line {
            line: index + 1,
            text: line.to_owned(),
            source,
        })
    };
    text.lines().enumerate().map(entry).collect()
}
