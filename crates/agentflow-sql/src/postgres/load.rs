//! Reads checkpoints, in two round trips: the checkpoint, and then its records with those
//! of its values that are not in its row. A load costs by the state's size, however long
//! the history is.

use agentflow_core::checkpoint::{Checkpoint, CheckpointError, Stored};
use agentflow_core::{CheckpointId, Namespace, ThreadId};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;

use super::checkpointer::PostgresCheckpointer;
use super::error::PostgresError;
use crate::data::DataError;
use crate::limits::{absent, number};
use crate::stored::{self, RecordRow, decode};
use crate::wanted::Wanted;

/// The checkpoint `$3` of a graph, or its head.
const FIND: &str = "
    SELECT c.id, c.format, c.body, g.graph, c.changed
    FROM SCHEMA.graphs g
    JOIN SCHEMA.checkpoints c ON c.graph = g.graph
     AND c.id = coalesce($3, (SELECT max(id) FROM SCHEMA.checkpoints WHERE graph = g.graph))
    WHERE g.thread = $1 AND g.namespace = $2";

/// Of graph `$1`, the records of its checkpoint `$2`, which have a kind, what the rows of the
/// checkpoints `$3` have of values, which has no name, and the values `$4` of the checkpoints
/// `$5` that have rows of their own. A row each: together they may be more than a row of
/// Postgres can hold.
const CONTENTS: &str = "
    SELECT task, kind, key, checkpoint, value FROM SCHEMA.records
    WHERE graph = $1 AND checkpoint = $2
    UNION ALL
    SELECT NULL, NULL, NULL, id, changed FROM SCHEMA.checkpoints
    WHERE graph = $1 AND id = ANY ($3) AND changed IS NOT NULL
    UNION ALL
    SELECT v.field, NULL, NULL, v.checkpoint, v.value
    FROM unnest($4::bytea[], $5::bigint[]) AS wanted (field, checkpoint)
    JOIN SCHEMA.field_values v
      ON v.graph = $1 AND v.field = wanted.field AND v.checkpoint = wanted.checkpoint";

/// A checkpoint without its contents, the number of its graph, and what its row has of
/// values.
struct Found {
    graph: i64,
    checkpoint: Checkpoint,
    changed: Option<Vec<u8>>,
}

impl PostgresCheckpointer {
    pub(super) async fn load_now(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        loop {
            let Some(found) = self.find(thread, namespace, id).await? else {
                return Ok(None);
            };
            let (graph, at) = (found.graph, found.checkpoint.id);
            match self.contents(thread, found).await {
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
            changed: self.get(row, 4)?,
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

    async fn contents(&self, thread: &ThreadId, found: Found) -> Result<Stored, PostgresError> {
        let checkpoint = found.checkpoint;
        let mut wanted = Wanted::of(thread, &checkpoint);
        if let Some(changed) = found.changed {
            wanted.take_row(checkpoint.id, &changed)?;
        }
        let (fields, ids): (Vec<&[u8]>, Vec<i64>) = wanted
            .missing()
            .map(|(at, field)| (field.as_bytes(), absent(at.0)))
            .unzip();
        let rows_of = wanted.checkpoints().into_iter().map(|at| absent(at.0));
        let sql = self.sql(CONTENTS);
        let statement = sqlx::query(AssertSqlSafe(sql))
            .bind(found.graph)
            .bind(absent(checkpoint.id.0))
            .bind(rows_of.collect::<Vec<_>>())
            .bind(fields)
            .bind(ids);
        let rows = self.connections.rows(statement).await?;
        let mut records = Vec::<RecordRow>::new();
        for row in &rows {
            let at = checkpoint_id(self.get(row, 3)?);
            let value: &[u8] = self.get(row, 4)?;
            let Some(name) = self.get(row, 0)? else {
                wanted.take_row(at, value)?;
                continue;
            };
            let name = text(thread, name)?;
            match self.get::<Option<String>>(row, 1)? {
                None => wanted.take(at, &name, || value.to_vec()),
                Some(kind) => {
                    let key = text(thread, self.get(row, 2)?)?;
                    records.push((name, kind, key, value.to_vec()));
                }
            }
        }
        let values = wanted.values()?;
        Ok(Stored {
            values,
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
