//! Why something stored is not what was sealed, and what to do about it.

use agentflow_core::ThreadId;
use agentflow_core::checkpoint::CheckpointError;

pub(crate) const BACKEND: &str = "seal";

/// Why a value cannot be sealed, or is not read. It is the source of the
/// [`CheckpointError`] that a call returns. Nothing of the value or of a key is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// It was stored as it is, or its first bytes are damaged.
    #[error(
        "the {what} of thread `{thread}` is not sealed; if it was stored before its store was sealed, open the store with `Seal::allow_unsealed`, else restore a backup"
    )]
    NotSealed {
        /// The thread.
        thread: ThreadId,
        /// Which value.
        what: String,
    },
    /// It was sealed by a store without keys. Anybody who writes to the store can do that.
    #[error(
        "the {what} of thread `{thread}` is sealed, but not encrypted; if it was stored before its store had keys, open the store with `Seal::allow_unsealed`, else restore a backup"
    )]
    NotEncrypted {
        /// The thread.
        thread: ThreadId,
        /// Which value.
        what: String,
    },
    /// It was sealed with a key that is not on the ring.
    #[error(
        "the {what} of thread `{thread}` is sealed with key `{key}`, which this store does not have; add it with `KeyRing::opens`"
    )]
    NoKey {
        /// The thread.
        thread: ThreadId,
        /// Which value.
        what: String,
        /// The key's id.
        key: String,
    },
    /// There is a key under this id, but another one.
    #[error(
        "the {what} of thread `{thread}` is sealed with another key than the one that this store has as `{key}`; give it the key that had this id then"
    )]
    WrongKey {
        /// The thread.
        thread: ThreadId,
        /// Which value.
        what: String,
        /// The key's id.
        key: String,
    },
    /// Bytes are missing or others than were sealed, or they were sealed for another place.
    #[error(
        "the {what} of thread `{thread}` was changed, cut or moved since it was sealed; restore a backup"
    )]
    Damaged {
        /// The thread.
        thread: ThreadId,
        /// Which value.
        what: String,
    },
    /// The checkpoint names a value that the store does not have.
    #[error(
        "checkpoint {checkpoint} of thread `{thread}` names values that its store does not have; restore a backup"
    )]
    Missing {
        /// The thread.
        thread: ThreadId,
        /// The checkpoint.
        checkpoint: agentflow_core::CheckpointId,
    },
    /// A newer build has sealed it, or its first bytes are damaged.
    #[error(
        "the {what} of thread `{thread}` is sealed in version {found}; this build reads up to {known}: use a newer build"
    )]
    TooNew {
        /// The thread.
        thread: ThreadId,
        /// Which value.
        what: String,
        /// Its version.
        found: u8,
        /// The newest version that is understood here.
        known: u8,
    },
    /// This build was made without what it takes to read it.
    #[error(
        "the {what} of thread `{thread}` is read by builds with the feature `{feature}` of agentflow-seal; turn it on"
    )]
    NeedsFeature {
        /// The thread.
        thread: ThreadId,
        /// Which value.
        what: String,
        /// The feature.
        feature: &'static str,
    },
    /// More than is kept in one value.
    #[error("the {what} of thread `{thread}` has {bytes} bytes; at most {bytes_max} are sealed")]
    TooLarge {
        /// The thread.
        thread: ThreadId,
        /// Which value.
        what: String,
        /// How many it would be.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The operating system gives no random bytes, without which nothing is encrypted.
    #[cfg(feature = "encryption")]
    #[error("the operating system gives no random bytes; nothing was stored")]
    NoRandomness(#[source] getrandom::Error),
    /// zstd could not do its work, for want of memory.
    #[cfg(feature = "zstd")]
    #[error("the {what} of thread `{thread}` cannot be compressed; nothing was stored")]
    Compressing {
        /// The thread.
        thread: ThreadId,
        /// Which value.
        what: String,
        /// What zstd said.
        #[source]
        source: std::io::Error,
    },
}

impl From<SealError> for CheckpointError {
    fn from(error: SealError) -> Self {
        Self::Backend {
            backend: BACKEND,
            source: error.into(),
        }
    }
}
