//! What the store asks its writer for.

use std::sync::Arc;

use agentflow_core::store::{Batch, StoreError, StoreOptions, StoreReply};
use sqlx::SqliteConnection;

use super::visit::Visit;
use super::write;
use crate::items::Refreshed;
use crate::sqlite::{Change, WriteError};

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

    async fn apply(&self, conn: &mut SqliteConnection) -> Result<Done, WriteError<StoreError>> {
        match self {
            Self::Batch { batch, options } => {
                // The time is that of the turn: of two batches the later has the later one.
                let mut visit = Visit::new(batch, options);
                // A batch is refused before it writes anything.
                let replies = visit.read(conn).await?;
                visit.claim(conn).await?;
                visit.write(conn).await?;
                Ok(Done::Replied(replies))
            }
            Self::Refresh(refreshed) => {
                write::refresh(conn, refreshed).await?;
                Ok(Done::Refreshed)
            }
            Self::Sweep(options) => {
                let swept = write::sweep(conn, options.clock.now()).await?;
                Ok(Done::Swept(swept))
            }
        }
    }
}
