//! Why a call on a connection did not do what it was asked.

use agentflow_core::checkpoint::CheckpointError;

/// Why a call did not happen.
#[derive(Debug)]
pub(crate) enum Failure<E = CheckpointError> {
    /// It was refused before it wrote anything: its neighbours in the transaction go on.
    Refused(E),
    /// The database failed: the whole transaction is in doubt.
    Failed(rusqlite::Error),
}

impl<E> From<rusqlite::Error> for Failure<E> {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error)
    }
}
