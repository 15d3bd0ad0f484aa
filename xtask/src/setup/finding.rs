//! What one part of the set-up found, in words for the person who ran it.

use std::fmt;

/// The state of one part after its set-up was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// It is there; the text says which one.
    Ready { what: String },
    /// It is not there; the tests run without it.
    Missing { lost: String, remedy: String },
    /// It is not there, and nothing runs without it.
    Required { remedy: String },
}

impl Finding {
    pub(crate) fn ready(what: impl Into<String>) -> Self {
        Self::Ready { what: what.into() }
    }

    pub(crate) fn missing(lost: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Missing {
            lost: lost.into(),
            remedy: remedy.into(),
        }
    }

    pub(crate) fn required(remedy: impl Into<String>) -> Self {
        Self::Required {
            remedy: remedy.into(),
        }
    }

    pub(crate) fn is_ready(&self) -> bool {
        matches!(self, Self::Ready { .. })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready { what } => write!(f, "{what}"),
            Self::Missing { lost, remedy } => write!(f, "MISSING: {lost}; {remedy}"),
            Self::Required { remedy } => {
                write!(f, "MISSING, and nothing runs without it: {remedy}")
            }
        }
    }
}
