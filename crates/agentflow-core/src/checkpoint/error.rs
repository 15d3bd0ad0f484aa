//! What can go wrong between the engine and a store.

use crate::BoxError;
use crate::checkpoint::capability::Capability;
use crate::checkpoint::lease::{Epoch, OwnerId};
use crate::id::{CheckpointId, ThreadId};

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The head moved, or the checkpoint that a write builds on is not there: somebody
    /// else has changed the thread.
    #[error(
        "thread `{thread}` was changed by someone else: its head is {}, and this write builds on {}; load the thread again", named(.found), named(.expected)
    )]
    Conflict {
        /// The thread.
        thread: ThreadId,
        /// The checkpoint that the write builds on.
        expected: Option<CheckpointId>,
        /// The head that is there.
        found: Option<CheckpointId>,
    },
    /// The writer's lease was taken over.
    #[error(
        "the lease of epoch {held} on thread `{thread}` is no longer held: {}; this write was refused", holding(.holder.as_ref(), *.current)
    )]
    Fenced {
        /// The thread.
        thread: ThreadId,
        /// The epoch the writer holds.
        held: Epoch,
        /// The epoch in force.
        current: Epoch,
        /// Who holds the lease now; nobody where it was given back or never granted.
        holder: Option<OwnerId>,
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
    /// There is nothing to copy under this name.
    #[error("thread `{thread}` has neither checkpoints nor events; check its name")]
    NoSuchThread {
        /// The thread.
        thread: ThreadId,
    },
    /// What was to be made of a new thread is not new.
    #[error("thread `{thread}` has events that wait; copy to a thread that nobody has used")]
    NotNew {
        /// The thread.
        thread: ThreadId,
    },
    /// A commit has records for the checkpoint it builds on, and builds on none.
    #[error("a commit to thread `{thread}` has records of tasks but no parent to keep them with")]
    NoParent {
        /// The thread.
        thread: ThreadId,
    },
    /// More than a store keeps of one thing.
    #[error("thread `{thread}` would have {found} {what}; at most {max} are kept")]
    TooMuch {
        /// The thread.
        thread: ThreadId,
        /// Of what.
        what: &'static str,
        /// How much it would be.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// The backend lacks a capability. Nothing changed.
    #[error(
        "{backend} has not the capability `{capability}`; use a backend that has it, of which docs/guide/backends.md has a list"
    )]
    Unsupported {
        /// Which backend.
        backend: &'static str,
        /// What it cannot do.
        capability: Capability,
    },
    /// A value does not encode or decode.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

impl CheckpointError {
    /// What a call returns where its backend failed: `Unavailable` if the same call may
    /// succeed later without anyone changing anything, else `Backend`.
    #[must_use]
    pub fn of_backend(
        backend: &'static str,
        is_retryable: bool,
        source: impl Into<BoxError>,
    ) -> Self {
        let source = source.into();
        match is_retryable {
            true => Self::Unavailable { backend, source },
            false => Self::Backend { backend, source },
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

fn holding(holder: Option<&OwnerId>, current: Epoch) -> String {
    match holder {
        Some(OwnerId(owner)) => format!("`{owner}` holds it with epoch {current}"),
        None => format!("nobody holds it, and the newest epoch is {current}"),
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
