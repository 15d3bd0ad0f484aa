//! Effects in the file that keeps the run: done and recorded in one transaction.

use agentflow_core::checkpoint::{CheckpointError, RecordKind};
use agentflow_core::{NodeContext, NodeError, NodeResult, RecordSlot};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::blocking::blocking;
use super::checkpointer::SqliteCheckpointer;
use super::error::{BACKEND, SqliteError};
use super::failure::Failure;
use super::open::Database;
use super::records::SaveRecords;
use crate::limits::absent;
use crate::once::{check_slot, encode};

/// What an earlier transaction has recorded in a slot.
const RECORDED: &str = "
    SELECT r.value
    FROM graphs g JOIN records r ON r.graph = g.graph
    WHERE g.thread = ?1 AND g.namespace = ?2
      AND r.checkpoint = ?3 AND r.task = ?4 AND r.kind = ?5 AND r.key = ?6";

/// Why an effect and its record did not happen.
enum Undone {
    Database(SqliteError),
    Node(NodeError),
}

impl From<SqliteError> for Undone {
    fn from(error: SqliteError) -> Self {
        Self::Database(error)
    }
}

impl SqliteCheckpointer {
    /// Runs an effect that only writes to this file, in tables of your own, and records its
    /// result in the same transaction: both happen, or neither. When the task runs again,
    /// the recorded result is returned and the effect is not repeated.
    ///
    /// Unlike [`NodeContext::once`] it leaves no window between the effect and its record.
    /// The effect runs on a thread that may wait for the disk. Only one transaction writes to
    /// a SQLite file: until this one ends every other write waits, also those of this store.
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
    ///         .once_in_tx(&cx, "book", |tx| {
    ///             let book = "INSERT INTO bookings DEFAULT VALUES RETURNING id";
    ///             tx.query_row(book, [], |row| row.get(0))
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
    /// Dropped, an effect that has begun goes on to its end; the next run finds its record.
    pub async fn once_in_tx<T, E, F>(
        &self,
        cx: &NodeContext,
        name: &str,
        effect: F,
    ) -> NodeResult<T>
    where
        T: Serialize + DeserializeOwned,
        E: Into<NodeError>,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        cx.once_recorded(name, |slot| self.in_transaction(slot, effect))
            .await
    }

    async fn in_transaction<T, E, F>(&self, slot: RecordSlot, effect: F) -> NodeResult<Vec<u8>>
    where
        T: Serialize,
        E: Into<NodeError>,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        check_slot(&slot, BACKEND)?;
        let database = self.database().clone();
        let done = blocking(self.path(), move || do_once(&database, &slot, effect));
        done.await.map_err(|undone| match undone {
            Undone::Database(error) => node_error(error),
            Undone::Node(error) => error,
        })
    }
}

/// The result, encoded: that of `effect`, or of the one that was recorded before.
fn do_once<T, E>(
    database: &Database,
    slot: &RecordSlot,
    effect: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<Vec<u8>, Undone>
where
    T: Serialize,
    E: Into<NodeError>,
{
    let failed = |error| Undone::Database(database.error(error));
    // A connection of its own, and so rolled back, on every way out but the last.
    // Immediate: what is read here must still hold when it is written.
    let mut conn = database.connect_writer()?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate);
    let tx = tx.map_err(failed)?;
    if let Some(recorded) = recorded(&tx, slot).map_err(failed)? {
        return Ok(recorded);
    }
    let result = effect(&tx).map_err(|error| Undone::Node(error.into()))?;
    let encoded = encode(slot, &result).map_err(Undone::Node)?;
    let of_store = |refusal| Undone::Node(NodeError::of_store(refusal));
    let request = SaveRecords::new(slot.request(encoded.clone())).map_err(of_store)?;
    request.apply(&tx).map_err(|failure| match failure {
        Failure::Refused(refusal) => of_store(refusal),
        Failure::Failed(error) => failed(error),
    })?;
    tx.commit().map_err(failed)?;
    Ok(encoded)
}

fn recorded(conn: &Connection, slot: &RecordSlot) -> Result<Option<Vec<u8>>, rusqlite::Error> {
    let row = params![
        slot.checkpoint.thread.as_str(),
        slot.checkpoint.namespace.as_str(),
        absent(slot.checkpoint.id.0),
        slot.task,
        RecordKind::Once.as_str(),
        slot.name,
    ];
    conn.query_row(RECORDED, row, |row| row.get(0)).optional()
}

fn node_error(error: SqliteError) -> NodeError {
    NodeError::of_store(CheckpointError::from(error))
}
