//! What can be wrong with a script, and where.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a script cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// The file cannot be read.
    #[error("cannot read script {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is larger than any script.
    #[error("script {} is larger than the limit of {bytes_max} bytes; split it", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        bytes_max: u64,
    },
    /// The text is not TOML, or has a field that no script has.
    #[error("{place}: {}", source.message())]
    Syntax {
        /// File and line.
        place: ScriptPlace,
        /// What is wrong there.
        source: Box<toml::de::Error>,
    },
    /// The script holds no reply.
    #[error("{place}: the script holds no `[[reply]]`")]
    Empty {
        /// The file.
        place: ScriptPlace,
    },
    /// One reply cannot be used.
    #[error("{place}: reply {number}{} {problem}", Labelled(label))]
    Reply {
        /// File and line where the reply begins.
        place: ScriptPlace,
        /// Which reply of its file, from 1.
        number: usize,
        /// The reply's label; empty if it has none.
        label: String,
        /// What is wrong with it.
        problem: ReplyProblem,
    },
}

/// What is wrong with one reply of a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyProblem {
    /// No request has an empty label.
    #[error("has an empty label; name what the request is for, such as `code/1`, or leave it out")]
    NoLabel,
    /// It says nothing.
    #[error("has neither `text` nor a `[[reply.call]]`, nor a `[reply.error]`")]
    SaysNothing,
    /// It has words or calls, and an error.
    #[error(
        "says something and has a `[reply.error]`; add `breaks_off = true` if it is to fail after its words"
    )]
    SaysAndFails,
    /// It has neither words nor calls before it breaks off.
    #[error("breaks off before it has said anything; give it a `text` or a `[[reply.call]]`")]
    NothingToBreakOff,
    /// No error has this status.
    #[error("has an error with status {status}; write one from 400 to 599")]
    Status {
        /// The status.
        status: u16,
    },
    /// An error of this status does not ask to wait.
    #[error("has `retry_after_s` for status {status}, which asks nobody to wait; write 429 or 503")]
    NoWait {
        /// The status.
        status: u16,
    },
    /// A reply before it takes all requests that it fits.
    #[error(
        "is never given, since the one at {first} fits all its prompts; put it first, or give that one a `turn`"
    )]
    Hidden {
        /// Where the other one is.
        first: ScriptPlace,
    },
    /// Another reply has its place.
    #[error("is for turn {turn}, as is the one at {first}; give one of them another `turn`")]
    Duplicate {
        /// The turn both are for.
        turn: usize,
        /// Where the other one is.
        first: ScriptPlace,
    },
    /// Arguments are neither a table nor raw text.
    #[error("calls `{tool}` with arguments that are neither a table nor a string of raw JSON")]
    Arguments {
        /// The tool it calls.
        tool: String,
    },
}

/// A place in a script: its file, if it has one, and the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptPlace {
    pub(super) file: Option<PathBuf>,
    pub(super) line: usize,
}

impl fmt::Display for ScriptPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}:{}", file.display(), self.line),
            None => write!(f, "line {}", self.line),
        }
    }
}

/// ` (label …)` where there is one.
struct Labelled<'a>(&'a str);

impl fmt::Display for Labelled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            label => write!(f, " (label `{label}`)"),
        }
    }
}
