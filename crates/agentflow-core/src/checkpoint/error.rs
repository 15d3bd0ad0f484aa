//! What can go wrong between the engine and a store.

use crate::BoxError;
use crate::checkpoint::lease::Epoch;
use crate::id::{CheckpointId, ThreadId};

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The head moved: somebody else committed on the same thread.
    #[error(
        "thread `{thread}` was changed by someone else: its head is {}, not {}; load the thread again", named(.found), named(.expected)
    )]
    Conflict {
        /// The thread.
        thread: ThreadId,
        /// The head that the commit builds on.
        expected: Option<CheckpointId>,
        /// The head that is there.
        found: Option<CheckpointId>,
    },
    /// The writer's lease was taken over.
    #[error(
        "the lease of epoch {held} on thread `{thread}` is no longer held, the newest epoch is {current}; this write was refused"
    )]
    Fenced {
        /// The thread.
        thread: ThreadId,
        /// The epoch the writer holds.
        held: Epoch,
        /// The epoch in force.
        current: Epoch,
    },
    /// The backend cannot be reached or did not answer.
    #[error("{backend} is unavailable")]
    Unavailable {
        /// Which backend.
        backend: &'static str,
        /// What it said.
        #[source]
        source: BoxError,
    },
    /// The backend refused for a reason that repeating does not change.
    #[error("{backend} failed")]
    Backend {
        /// Which backend.
        backend: &'static str,
        /// What it said.
        #[source]
        source: BoxError,
    },
    /// What is stored was written by a newer build.
    #[error(
        "checkpoint {id} has format {found}; this build reads up to {known}: use a newer build"
    )]
    TooNew {
        /// The checkpoint.
        id: CheckpointId,
        /// Its format.
        found: u32,
        /// The newest format that is understood here.
        known: u32,
    },
    /// A value does not encode or decode.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

impl CheckpointError {
    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

fn named(head: &Option<CheckpointId>) -> String {
    head.map_or("none".to_owned(), |id| format!("checkpoint {id}"))
}

/// A value that does not encode, or bytes that do not decode.
#[derive(Debug, thiserror::Error)]
#[error("{what} does not {} as JSON", if *.decoding { "decode" } else { "encode" })]
pub struct CodecError {
    what: String,
    decoding: bool,
    #[source]
    source: serde_json::Error,
}

impl CodecError {
    /// `what` could not be encoded.
    #[must_use]
    pub fn encoding(what: impl Into<String>, source: serde_json::Error) -> Self {
        Self {
            what: what.into(),
            decoding: false,
            source,
        }
    }

    /// `what` could not be decoded.
    #[must_use]
    pub fn decoding(what: impl Into<String>, source: serde_json::Error) -> Self {
        Self {
            what: what.into(),
            decoding: true,
            source,
        }
    }
}
