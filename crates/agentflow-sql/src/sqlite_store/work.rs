//! What the store asks its writer for.

use std::sync::Arc;

use agentflow_core::store::{Batch, StoreError, StoreOptions, StoreReply};
use rusqlite::Connection;

use super::visit::{Failure, Visit};
use super::write;
use crate::items::Refreshed;
use crate::sqlite::Change;

/// One thing to write about items.
pub(super) enum Work {
    /// A batch, with its reads.
    Batch {
        batch: Batch,
        options: Arc<StoreOptions>,
    },
    /// What a batch that only read has refreshed.
    Refresh(Vec<Refreshed>),
    /// Items that have expired, so many at most.
    Sweep(Arc<StoreOptions>),
}

/// What came of it.
pub(super) enum Done {
    Replied(Vec<StoreReply>),
    Refreshed,
    Swept(u64),
}

impl Change for Work {
    type Done = Done;
    type Error = StoreError;

    fn apply(&self, conn: &Connection) -> Result<Done, Failure> {
        match self {
            Self::Batch { batch, options } => {
                // The time is that of the turn: of two batches the later has the later one.
                let mut visit = Visit::new(batch, options);
                // A batch is refused before it writes anything.
                let replies = visit.read(conn)?;
                visit.claim(conn)?;
                visit.write(conn)?;
                Ok(Done::Replied(replies))
            }
            Self::Refresh(refreshed) => {
                write::refresh(conn, refreshed)?;
                Ok(Done::Refreshed)
            }
            Self::Sweep(options) => {
                let swept = write::sweep(conn, options.clock.now())?;
                Ok(Done::Swept(swept))
            }
        }
    }
}
