//! Effects in the file that keeps the run: done and recorded in one transaction.

use agentflow_core::checkpoint::{CheckpointError, RecordKind};
use agentflow_core::{NodeContext, NodeError, NodeResult, RecordSlot};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{Connection, SqliteConnection};

use super::checkpointer::SqliteCheckpointer;
use super::error::{BACKEND, SqliteError};
use super::fence::WriteError;
use super::records::SaveRecords;
use crate::limits::absent;
use crate::once::{check_slot, encode};

/// What an earlier transaction has recorded in a slot.
const RECORDED: &str = "
    SELECT r.value
    FROM graphs g JOIN records r ON r.graph = g.graph
    WHERE g.thread = ?1 AND g.namespace = ?2
      AND r.checkpoint = ?3 AND r.task = ?4 AND r.kind = ?5 AND r.key = ?6";

impl SqliteCheckpointer {
    /// Runs an effect that only writes to this file, in tables of your own, and records its
    /// result in the same transaction: both happen, or neither. When the task runs again,
    /// the recorded result is returned and the effect is not repeated.
    ///
    /// Unlike [`NodeContext::once`] it leaves no window between the effect and its record.
    /// Only one transaction writes to a SQLite file: until this one ends every other write
    /// waits, also those of this store, so an effect that uses the store itself fails after
    /// [`busy_timeout`](crate::SqliteOptions::busy_timeout).
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use agentflow_core::{NodeContext, NodeResult, State};
    /// # use agentflow_sql::SqliteCheckpointer;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// # struct Order { booking: Option<i64> }
    /// async fn book(_: Arc<Order>, cx: NodeContext) -> NodeResult<OrderUpdate> {
    ///     let store = cx.context::<SqliteCheckpointer>()?;
    ///     let booking: i64 = store
    ///         .once_in_tx(&cx, "book", async |tx| {
    ///             sqlx::query_scalar("INSERT INTO bookings DEFAULT VALUES RETURNING id")
    ///                 .fetch_one(tx)
    ///                 .await
    ///         })
    ///         .await?;
    ///     Ok(Order::update().booking(booking))
    /// }
    /// ```
    ///
    /// # Errors
    /// The effect's own error, which is not recorded. A fatal one if the run is kept
    /// elsewhere, or its lease was taken over; then the effect is rolled back.
    ///
    /// # Cancel safety
    /// Dropped, it is rolled back, unless it was being committed: then the next run finds
    /// the record.
    pub async fn once_in_tx<T, E, F>(
        &self,
        cx: &NodeContext,
        name: &str,
        effect: F,
    ) -> NodeResult<T>
    where
        T: Serialize + DeserializeOwned,
        E: Into<NodeError>,
        F: AsyncFnOnce(&mut SqliteConnection) -> Result<T, E>,
    {
        cx.once_recorded(name, async |slot| self.in_transaction(&slot, effect).await)
            .await
    }

    async fn in_transaction<T, E, F>(&self, slot: &RecordSlot, effect: F) -> NodeResult<Vec<u8>>
    where
        T: Serialize,
        E: Into<NodeError>,
        F: AsyncFnOnce(&mut SqliteConnection) -> Result<T, E>,
    {
        check_slot(slot, BACKEND)?;
        let failed = |error| node_error(self.database().error(error));
        // A connection of its own, which is closed, and so rolled back, on every way out
        // but the last. Immediate: what is read here must still hold when it is written.
        let mut conn = self.database().connect_writer().await.map_err(node_error)?;
        let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        if let Some(recorded) = recorded(&mut tx, slot).await.map_err(failed)? {
            return Ok(recorded);
        }
        let result = effect(&mut tx).await.map_err(Into::into)?;
        let encoded = encode(slot, &result)?;
        let request = SaveRecords::new(slot.request(encoded.clone()));
        let request = request.map_err(NodeError::of_store)?;
        match request.apply(&mut tx).await {
            Ok(()) => {}
            Err(WriteError::Refused(refusal)) => return Err(NodeError::of_store(refusal)),
            Err(WriteError::Failed(error)) => return Err(failed(error)),
        }
        tx.commit().await.map_err(failed)?;
        if let Err(error) = conn.close().await {
            tracing::debug!(path = %self.path().display(), %error, "closing failed");
        }
        Ok(encoded)
    }
}

async fn recorded(
    conn: &mut SqliteConnection,
    slot: &RecordSlot,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar(RECORDED)
        .bind(slot.checkpoint.thread.as_str())
        .bind(slot.checkpoint.namespace.as_str())
        .bind(absent(slot.checkpoint.id.0))
        .bind(slot.task.as_str())
        .bind(RecordKind::Once.as_str())
        .bind(slot.name.as_str())
        .fetch_optional(conn)
        .await
}

fn node_error(error: SqliteError) -> NodeError {
    NodeError::of_store(CheckpointError::from(error))
}
