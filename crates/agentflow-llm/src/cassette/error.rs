//! What can be wrong with a cassette, or with what is asked of it.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Differences told in one message.
const DIFFERENCES_SHOWN: usize = 3;

/// Why a cassette cannot be used, or does not answer a request.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CassetteError {
    /// The file cannot be read.
    #[error("cannot read cassette {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// An exchange cannot be written, so that its reply is not given out either.
    #[error("cannot write to cassette {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file is larger than a cassette may be.
    #[error("cassette {} is larger than the limit of {bytes_max} bytes; record less in one file", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        bytes_max: u64,
    },
    /// The file is something else.
    #[error("{} is no cassette: its first line does not say so", path.display())]
    NotACassette {
        /// The file.
        path: PathBuf,
    },
    /// A later version of this library wrote the file.
    #[error("cassette {} has format {found}; this build reads up to {known}", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest that is known here.
        known: u32,
    },
    /// A line is no exchange.
    #[error("{}:{line}: the line is no recorded exchange; remove it or record anew", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// What is said is nested too deeply to be read back.
    #[error("what is said to the model has no form in a cassette; nest it less")]
    NoForm {
        /// Where it is too deep.
        source: serde_json::Error,
    },
    /// Nothing was recorded for a request.
    #[error("cassette {} has no such request{}; record it anew", path.display(), Near(nearest))]
    NotRecorded {
        /// The file.
        path: PathBuf,
        /// The recorded exchange that is most like it, if there is any.
        nearest: Option<NearestExchange>,
    },
    /// A request was asked more often than it was recorded.
    #[error(
        "{}:{line}: every recording of this request was given, {times} in all; record it anew, or ask less",
        path.display()
    )]
    Spent {
        /// The file.
        path: PathBuf,
        /// Where it was recorded last, from 1.
        line: usize,
        /// How often it was recorded.
        times: usize,
    },
    /// What was recorded is an error that has no form of its own in a cassette.
    #[error("the recorded call failed: {words}")]
    Failed {
        /// The error's words.
        words: String,
    },
}

/// The recorded exchange that is most like a request which was not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NearestExchange {
    /// Its line, from 1.
    pub line: usize,
    /// What differs, field by field.
    pub differences: Vec<String>,
}

struct Near<'a>(&'a Option<NearestExchange>);

impl fmt::Display for Near<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(nearest) = self.0 else {
            return f.write_str(", and no other");
        };
        write!(f, "; in the nearest, on line {}, ", nearest.line)?;
        let shown = nearest.differences.iter().take(DIFFERENCES_SHOWN);
        let shown: Vec<&str> = shown.map(String::as_str).collect();
        f.write_str(&shown.join(", "))?;
        match nearest.differences.len() - shown.len() {
            0 => Ok(()),
            more => write!(f, ", and {more} more"),
        }
    }
}
