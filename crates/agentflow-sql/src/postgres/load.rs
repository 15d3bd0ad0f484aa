//! Reads checkpoints, in two round trips: the checkpoint with its records, and the values
//! that it lists. A load costs by the state's size, however long the history is.

use agentflow_core::checkpoint::{Checkpoint, CheckpointError, Stored};
use agentflow_core::{CheckpointId, Namespace, ThreadId};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;

use super::checkpointer::PostgresCheckpointer;
use super::error::PostgresError;
use crate::data::DataError;
use crate::limits::{absent, number};
use crate::stored::{self, RecordRow, ValueRow, decode};

/// The checkpoint `$3` of a graph, or its head, with its records as arrays.
const FIND: &str = "
    SELECT c.id, c.format, c.body, g.graph, r.tasks, r.kinds, r.keys, r.contents
    FROM SCHEMA.graphs g
    JOIN SCHEMA.checkpoints c ON c.graph = g.graph AND c.id = coalesce($3, g.head)
    CROSS JOIN LATERAL (
        SELECT array_agg(task) AS tasks, array_agg(kind) AS kinds,
               array_agg(key) AS keys, array_agg(value) AS contents
        FROM SCHEMA.records WHERE graph = c.graph AND checkpoint = c.id) r
    WHERE g.thread = $1 AND g.namespace = $2";

const VALUES: &str = "
    SELECT v.field, v.checkpoint, v.value
    FROM unnest($2::bytea[], $3::bigint[]) AS wanted (field, checkpoint)
    JOIN SCHEMA.field_values v
      ON v.graph = $1 AND v.field = wanted.field AND v.checkpoint = wanted.checkpoint";

/// A checkpoint without its values, and the number of its graph.
struct Found {
    graph: i64,
    stored: Stored,
}

impl PostgresCheckpointer {
    pub(super) async fn load_now(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        loop {
            let Some(Found { graph, mut stored }) = self.find(thread, namespace, id).await? else {
                return Ok(None);
            };
            match self.values(thread, graph, &stored.checkpoint).await {
                Ok(values) => {
                    stored.values = values;
                    return Ok(Some(stored));
                }
                // Its thread may have been deleted, or it may have been pruned, between the
                // two statements: only values of one that is still there are missing.
                Err(PostgresError::Data(missing)) => {
                    let again = self.find(thread, namespace, Some(stored.checkpoint.id));
                    if again.await?.is_some_and(|again| again.graph == graph) {
                        return Err(PostgresError::Data(missing).into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn find(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Found>, CheckpointError> {
        let statement = sqlx::query(AssertSqlSafe(self.sql(FIND)))
            .bind(thread.as_str().as_bytes())
            .bind(namespace.as_str().as_bytes())
            .bind(id.map(|id| absent(id.0)));
        let rows = self.connections.rows(statement).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let records = self.record_rows(thread, row)?;
        Ok(Some(Found {
            graph: self.get(row, 3)?,
            stored: Stored {
                checkpoint: self.checkpoint(thread, row)?,
                values: Vec::new(),
                records: stored::records(thread, records).map_err(PostgresError::from)?,
            },
        }))
    }

    /// The checkpoint in a row that begins with its id, format and body.
    pub(super) fn checkpoint(
        &self,
        thread: &ThreadId,
        row: &PgRow,
    ) -> Result<Checkpoint, CheckpointError> {
        let format = u32::try_from(self.get::<i64>(row, 1)?).unwrap_or(u32::MAX);
        decode(thread, self.get(row, 0)?, format, self.get(row, 2)?)
    }

    fn record_rows(&self, thread: &ThreadId, row: &PgRow) -> Result<Vec<RecordRow>, PostgresError> {
        // No records are no arrays.
        let tasks: Option<Vec<Vec<u8>>> = self.get(row, 4)?;
        let kinds: Option<Vec<String>> = self.get(row, 5)?;
        let keys: Option<Vec<Vec<u8>>> = self.get(row, 6)?;
        let contents: Option<Vec<Vec<u8>>> = self.get(row, 7)?;
        let names = tasks.into_iter().flatten().zip(kinds.into_iter().flatten());
        let rest = keys
            .into_iter()
            .flatten()
            .zip(contents.into_iter().flatten());
        let rows = names.zip(rest).map(|((task, kind), (key, value))| {
            Ok((text(thread, task)?, kind, text(thread, key)?, value))
        });
        rows.collect()
    }

    async fn values(
        &self,
        thread: &ThreadId,
        graph: i64,
        checkpoint: &Checkpoint,
    ) -> Result<Vec<(agentflow_core::FieldName, Vec<u8>)>, PostgresError> {
        let listed = checkpoint.fields.iter();
        let (fields, ids): (Vec<&[u8]>, Vec<i64>) = listed
            .map(|(field, at)| (field.as_str().as_bytes(), absent(at.0)))
            .unzip();
        let statement = sqlx::query(AssertSqlSafe(self.sql(VALUES)))
            .bind(graph)
            .bind(fields)
            .bind(ids);
        let rows = self.connections.rows(statement).await?;
        let rows = rows.iter().map(|row| {
            let name = text(thread, self.get(row, 0)?)?;
            Ok((name, self.get(row, 1)?, self.get(row, 2)?))
        });
        let rows: Vec<ValueRow> = rows.collect::<Result<_, PostgresError>>()?;
        Ok(stored::values(thread, checkpoint, rows)?)
    }
}

/// A name as a column holds it.
pub(super) fn text(thread: &ThreadId, bytes: Vec<u8>) -> Result<String, PostgresError> {
    let thread = || thread.clone();
    String::from_utf8(bytes).map_err(|_| DataError::NotUtf8 { thread: thread() }.into())
}

/// A number that a column holds, as an id.
pub(super) fn checkpoint_id(column: i64) -> CheckpointId {
    CheckpointId(number(column))
}
