//! Why a batch of edits was not made, said so that a model can correct itself.

use std::fmt;
use std::io;

use super::NearText;
use crate::workspace::{WorkspaceError, WorkspacePath};

/// A batch that was not made. Every file is as it was, except after
/// [`RollbackFailed`](Self::RollbackFailed).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// There was nothing to do.
    #[error("the list of edits is empty; give at least one")]
    Empty,
    /// There were too many.
    #[error("{found} edits were given; at most {max} can be made at once, so split them")]
    TooMany {
        /// Edits given.
        found: usize,
        /// Edits allowed.
        max: usize,
    },
    /// Some cannot be made, so none was.
    #[error("nothing was written: {} of {total} edits cannot be made{}", rejected.len(), List(rejected))]
    Rejected {
        /// Those that cannot be made.
        rejected: Vec<RejectedEdit>,
        /// Edits given.
        total: usize,
    },
    /// Writing failed, and what had been written was taken back.
    #[error("`{path}` could not be written, so no edit was made")]
    Write {
        /// The file.
        path: WorkspacePath,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There was no room to prepare the change; no file was touched.
    #[error("the edits could not be prepared in the workspace, so none was made")]
    Stage {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Writing failed, and so did taking back what had been written.
    #[error(
        "`{path}` could not be put back after a failed edit; restore the workspace from its last tree"
    )]
    RollbackFailed {
        /// The first file that is not as it was.
        path: WorkspacePath,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl EditError {
    /// Whether a model can mend it by sending other edits.
    pub fn is_correctable(&self) -> bool {
        matches!(
            self,
            Self::Empty | Self::TooMany { .. } | Self::Rejected { .. }
        )
    }
}

/// One edit that cannot be made.
#[derive(Debug)]
#[non_exhaustive]
pub struct RejectedEdit {
    /// Its place in the list, counted from 1.
    pub number: usize,
    /// Why.
    pub problem: EditProblem,
}

/// Why one edit cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EditProblem {
    /// The path or the file is refused.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The file to be made is there.
    #[error("file `{path}` exists with other content; replace text in it instead of creating it")]
    Exists {
        /// The file.
        path: WorkspacePath,
    },
    /// The old text is empty.
    #[error(
        "the old text for `{path}` is empty; copy the lines to be replaced, or create the file"
    )]
    EmptyOld {
        /// The file.
        path: WorkspacePath,
    },
    /// The two texts are the same.
    #[error("the old and the new text for `{path}` are the same; leave the edit out or change it")]
    NoChange {
        /// The file.
        path: WorkspacePath,
    },
    /// The old text is nowhere.
    #[error(
        "the old text occurs 0 times in `{path}`; copy it exactly, with its spaces{}",
        Near(nearest)
    )]
    NotFound {
        /// The file.
        path: WorkspacePath,
        /// The places that look most like it, best first.
        nearest: Vec<NearText>,
    },
    /// The old text is in several places.
    #[error(
        "the old text occurs {} times in `{path}`, at lines {}; add lines around it until it is unique",
        lines.len(),
        Numbers(lines)
    )]
    Ambiguous {
        /// The file.
        path: WorkspacePath,
        /// Where, counted from 1.
        lines: Vec<usize>,
    },
}

struct List<'a>(&'a [RejectedEdit]);

impl fmt::Display for List<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for RejectedEdit { number, problem } in self.0 {
            write!(out, "\nedit {number}: {problem}")?;
        }
        Ok(())
    }
}

struct Near<'a>(&'a [NearText]);

impl fmt::Display for Near<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return write!(out, ". no lines look like it: read the file again");
        }
        write!(out, ". nearest:")?;
        for near in self.0 {
            write!(out, "\n{near}")?;
        }
        Ok(())
    }
}

struct Numbers<'a>(&'a [usize]);

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_MAX: usize = 10;
        let shown: Vec<_> = self
            .0
            .iter()
            .take(SHOWN_MAX)
            .map(ToString::to_string)
            .collect();
        out.write_str(&shown.join(", "))?;
        if self.0.len() > SHOWN_MAX {
            out.write_str(", ...")
        } else {
            Ok(())
        }
    }
}
