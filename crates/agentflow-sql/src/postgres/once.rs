//! Effects in the database that keeps the run: done and recorded in one transaction.

use agentflow_core::checkpoint::{CheckpointError, RecordKind};
use agentflow_core::{NodeContext, NodeError, NodeResult, RecordSlot};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::checkpointer::PostgresCheckpointer;
use super::error::{BACKEND, PostgresError};
use crate::limits::absent;
use crate::once::{check_slot, encode};

/// What an earlier transaction has recorded in a slot.
const RECORDED: &str = "
    SELECT r.value
    FROM SCHEMA.graphs g
    JOIN SCHEMA.records r ON r.graph = g.graph AND r.checkpoint = $3
     AND sha256(r.task) = sha256($4) AND r.kind = $5 AND sha256(r.key) = sha256($6)
    WHERE g.thread = $1 AND g.namespace = $2";

impl PostgresCheckpointer {
    /// Runs an effect that only writes to this database, and records its result in the
    /// same transaction: both happen, or neither. When the task runs again, the recorded
    /// result is returned and the effect is not repeated.
    ///
    /// Unlike [`NodeContext::once`] it leaves no window between the effect and its record.
    /// The run must be kept in this very store. The transaction is begun at `READ
    /// COMMITTED`, on a connection of its own, which is closed with it; end it neither way
    /// yourself. The thread is locked only at its end, so that other tasks go on meanwhile.
    /// At most [`connections_max`](crate::PostgresOptions::connections_max) effects are
    /// under way at once; others wait.
    ///
    /// ```no_run
    /// # use std::sync::Arc;
    /// # use agentflow_core::{NodeContext, NodeResult, State};
    /// # use agentflow_sql::PostgresCheckpointer;
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// # struct Order { booking: Option<i64> }
    /// async fn book(_: Arc<Order>, cx: NodeContext) -> NodeResult<OrderUpdate> {
    ///     let store = cx.context::<PostgresCheckpointer>()?;
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
        F: AsyncFnOnce(&mut PgConnection) -> Result<T, E>,
    {
        cx.once_recorded(name, async |slot| self.in_transaction(&slot, effect).await)
            .await
    }

    async fn in_transaction<T, E, F>(&self, slot: &RecordSlot, effect: F) -> NodeResult<Vec<u8>>
    where
        T: Serialize,
        E: Into<NodeError>,
        F: AsyncFnOnce(&mut PgConnection) -> Result<T, E>,
    {
        check_slot(slot, BACKEND)?;
        // The connection is closed on every way out, and so rolled back unless committed.
        let held = self.connections.hold_apart().await;
        let (mut conn, _permit) = held.map_err(node_error)?;
        let mut tx = self.limited(conn.begin()).await.map_err(node_error)?;
        if let Some(recorded) = self.recorded(&mut tx, slot).await.map_err(node_error)? {
            return Ok(recorded);
        }
        let result = effect(&mut tx).await.map_err(Into::into)?;
        let encoded = encode(slot, &result)?;
        self.lock(&mut tx, slot).await?;
        // An earlier attempt whose answer was lost may have been committed only now. From
        // here on none can.
        if let Some(recorded) = self.recorded(&mut tx, slot).await.map_err(node_error)? {
            return Ok(recorded);
        }
        let request = slot.request(encoded.clone());
        self.save_records_on(&mut tx, &request)
            .await
            .map_err(NodeError::of_store)?;
        self.limited(tx.commit()).await.map_err(node_error)?;
        Ok(encoded)
    }

    /// One step of the transaction, which may take as long as a call.
    pub(super) async fn limited<T>(
        &self,
        step: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, PostgresError> {
        let step = async { step.await.map_err(|error| self.connections.error(error)) };
        self.connections.within(step).await
    }

    /// Locks the thread for this transaction, if the lease on it is in force.
    async fn lock(&self, conn: &mut PgConnection, slot: &RecordSlot) -> NodeResult<()> {
        let sql = self.sql("SELECT SCHEMA.fence($1, $2)");
        let other = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(slot.fence.thread.as_str().as_bytes())
            .bind(absent(slot.fence.epoch.0))
            .fetch_one(&mut *conn);
        let other: Option<i64> = self.limited(other).await.map_err(node_error)?;
        match other {
            None => Ok(()),
            // On this connection: there may be no other.
            Some(_) => Err(NodeError::of_store(self.fenced_on(conn, &slot.fence).await)),
        }
    }

    async fn recorded(
        &self,
        conn: &mut PgConnection,
        slot: &RecordSlot,
    ) -> Result<Option<Vec<u8>>, PostgresError> {
        let recorded = sqlx::query_scalar(AssertSqlSafe(self.sql(RECORDED)))
            .bind(slot.checkpoint.thread.as_str().as_bytes())
            .bind(slot.checkpoint.namespace.as_str().as_bytes())
            .bind(absent(slot.checkpoint.id.0))
            .bind(slot.task.as_bytes())
            .bind(RecordKind::Once.as_str())
            .bind(slot.name.as_bytes())
            .fetch_optional(conn);
        self.limited(recorded).await
    }
}

fn node_error(error: PostgresError) -> NodeError {
    NodeError::of_store(CheckpointError::from(error))
}
