//! What can be wrong with data, whatever the database: with what was to be stored, or
//! with what is.

use agentflow_core::{CheckpointId, ThreadId};

/// What is wrong with data that was to be stored, or that is. It is the source of the
/// [`CheckpointError`](agentflow_core::checkpoint::CheckpointError) that a call returns.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A row is missing that a commit wrote: somebody else changed the tables.
    #[error("the value of field `{field}` of thread `{thread}` is missing; restore a backup")]
    ValueMissing {
        /// The thread.
        thread: ThreadId,
        /// The field.
        field: String,
    },
    /// The values in a checkpoint's row cannot be read: somebody else changed the tables.
    #[error("the values of checkpoint {id} of thread `{thread}` cannot be read; restore a backup")]
    ValuesDamaged {
        /// The thread.
        thread: ThreadId,
        /// The checkpoint.
        id: CheckpointId,
    },
    /// A record of a kind that this build does not know.
    #[error(
        "thread `{thread}` has a record of kind `{kind}`, which this build does not know: use a newer build"
    )]
    UnknownRecordKind {
        /// The thread.
        thread: ThreadId,
        /// The kind.
        kind: String,
    },
    /// A name that is not UTF-8: somebody else changed the tables.
    #[error("thread `{thread}` has a name that is not UTF-8; restore a backup")]
    NotUtf8 {
        /// The thread.
        thread: ThreadId,
    },
    /// A value beyond a limit of this crate.
    #[error("{what} has {bytes} bytes; at most {bytes_max} are stored")]
    TooLarge {
        /// What it is.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// A number that a database, whose numbers are signed, cannot hold.
    #[error("{what} is {number}; a SQL database holds numbers up to {}", i64::MAX)]
    NumberTooLarge {
        /// What it is.
        what: &'static str,
        /// Its value.
        number: u64,
    },
    /// The fence of one thread came with a checkpoint of another.
    #[error(
        "a write with the lease on thread `{fence}` names thread `{checkpoint}`; pass the lease of that thread"
    )]
    OtherThread {
        /// The thread of the fence.
        fence: ThreadId,
        /// The thread of the checkpoint.
        checkpoint: ThreadId,
    },
}
