//! One thing that is not tidy: where it is, what it is, and what to do.

use std::fmt;

/// What a rule has to say about one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Problem {
    /// Relative to the workspace root.
    file: String,
    /// Counted from 1; nothing when the whole file is meant.
    line: Option<usize>,
    what: String,
    remedy: String,
    weight: Weight,
}

/// Whether a problem fails the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Warning,
    Error,
}

impl Problem {
    pub(super) fn new(
        file: impl Into<String>,
        line: impl Into<Option<usize>>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            line: line.into(),
            what: what.into(),
            remedy: remedy.into(),
            weight: Weight::Error,
        }
    }

    /// The same, but only listed.
    pub(super) fn into_warning(self) -> Self {
        Self {
            weight: Weight::Warning,
            ..self
        }
    }

    pub(super) fn is_error(&self) -> bool {
        self.weight == Weight::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.weight {
            Weight::Warning => write!(f, "warning: ")?,
            Weight::Error => write!(f, "error: ")?,
        }
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}; {}", self.what, self.remedy)
    }
}
