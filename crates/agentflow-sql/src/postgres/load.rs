//! Reads checkpoints, in two round trips: the checkpoint, and then its records with the
//! values that it lists. A load costs by the state's size, however long the history is.

use agentflow_core::checkpoint::{Checkpoint, CheckpointError, Stored};
use agentflow_core::{CheckpointId, Namespace, ThreadId};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;

use super::checkpointer::PostgresCheckpointer;
use super::error::PostgresError;
use crate::data::DataError;
use crate::limits::{absent, number};
use crate::stored::{self, RecordRow, ValueRow, decode};

/// The checkpoint `$3` of a graph, or its head.
const FIND: &str = "
    SELECT c.id, c.format, c.body, g.graph
    FROM SCHEMA.graphs g
    JOIN SCHEMA.checkpoints c ON c.graph = g.graph AND c.id = coalesce($3, g.head)
    WHERE g.thread = $1 AND g.namespace = $2";

/// The listed values of graph `$1`, and the records of its checkpoint `$4`, which have a
/// kind. A row each: together they may be more than a row of Postgres can hold.
const CONTENTS: &str = "
    SELECT v.field, NULL, NULL, v.checkpoint, v.value
    FROM unnest($2::bytea[], $3::bigint[]) AS wanted (field, checkpoint)
    JOIN SCHEMA.field_values v
      ON v.graph = $1 AND v.field = wanted.field AND v.checkpoint = wanted.checkpoint
    UNION ALL
    SELECT task, kind, key, checkpoint, value FROM SCHEMA.records
    WHERE graph = $1 AND checkpoint = $4";

/// A checkpoint without its contents, and the number of its graph.
struct Found {
    graph: i64,
    checkpoint: Checkpoint,
}

impl PostgresCheckpointer {
    pub(super) async fn load_now(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        loop {
            let Some(Found { graph, checkpoint }) = self.find(thread, namespace, id).await? else {
                return Ok(None);
            };
            let at = checkpoint.id;
            match self.contents(thread, graph, checkpoint).await {
                Ok(stored) => return Ok(Some(stored)),
                // Its thread may have been deleted, or it may have been pruned, between the
                // two statements: only values of one that is still there are missing.
                Err(PostgresError::Data(missing)) => {
                    let again = self.find(thread, namespace, Some(at)).await?;
                    if again.is_some_and(|again| again.graph == graph) {
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
        Ok(Some(Found {
            graph: self.get(row, 3)?,
            checkpoint: self.checkpoint(thread, row)?,
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

    async fn contents(
        &self,
        thread: &ThreadId,
        graph: i64,
        checkpoint: Checkpoint,
    ) -> Result<Stored, PostgresError> {
        let listed = checkpoint.fields.iter();
        let (fields, ids): (Vec<&[u8]>, Vec<i64>) = listed
            .map(|(field, at)| (field.as_str().as_bytes(), absent(at.0)))
            .unzip();
        let sql = self.sql(CONTENTS);
        let statement = sqlx::query(AssertSqlSafe(sql))
            .bind(graph)
            .bind(fields)
            .bind(ids)
            .bind(absent(checkpoint.id.0));
        let rows = self.connections.rows(statement).await?;
        let (mut values, mut records) = (Vec::<ValueRow>::new(), Vec::<RecordRow>::new());
        for row in &rows {
            let name = text(thread, self.get(row, 0)?)?;
            let value = self.get(row, 4)?;
            match self.get::<Option<String>>(row, 1)? {
                None => values.push((name, self.get(row, 3)?, value)),
                Some(kind) => {
                    let key = text(thread, self.get(row, 2)?)?;
                    records.push((name, kind, key, value));
                }
            }
        }
        Ok(Stored {
            values: stored::values(thread, &checkpoint, values)?,
            records: stored::records(thread, records)?,
            checkpoint,
        })
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
