//! What a model asks to be changed, and what came of it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::workspace::WorkspacePath;

/// One change to one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Replace a text that stands exactly once in the file.
    Replace {
        /// Path relative to the workspace.
        path: String,
        /// The text as it is now, copied exactly, with enough lines around it to be unique.
        old: String,
        /// The text that takes its place; empty to remove it.
        new: String,
    },
    /// Make a new file, with its folders.
    Create {
        /// Path relative to the workspace.
        path: String,
        /// The whole content.
        content: String,
    },
    /// Remove a file.
    Delete {
        /// Path relative to the workspace.
        path: String,
    },
}

impl Edit {
    /// The path as it was given.
    pub fn path(&self) -> &str {
        match self {
            Self::Replace { path, .. } | Self::Create { path, .. } | Self::Delete { path } => path,
        }
    }
}

/// What one edit did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditOutcome {
    /// The text beginning at this line was replaced.
    Replaced {
        /// The file.
        path: WorkspacePath,
        /// Counted from 1, in the file as it was when this edit's turn came.
        line: usize,
    },
    /// The file was made.
    Created {
        /// The file.
        path: WorkspacePath,
    },
    /// The file was removed.
    Deleted {
        /// The file.
        path: WorkspacePath,
    },
    /// The file has the wanted text already; nothing was done.
    AlreadyApplied {
        /// The file.
        path: WorkspacePath,
    },
}

impl fmt::Display for EditOutcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Replaced { path, line } => write!(out, "{path}: replaced at line {line}"),
            Self::Created { path } => write!(out, "{path}: created"),
            Self::Deleted { path } => write!(out, "{path}: deleted"),
            Self::AlreadyApplied { path } => {
                write!(out, "{path}: already applied, nothing to do")
            }
        }
    }
}

/// What a batch of edits did, one outcome for each, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EditReport {
    /// The outcomes.
    pub outcomes: Vec<EditOutcome>,
}

impl fmt::Display for EditReport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in &self.outcomes {
            writeln!(out, "{outcome}")?;
        }
        Ok(())
    }
}
