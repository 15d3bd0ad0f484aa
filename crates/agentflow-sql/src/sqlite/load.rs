//! Reads checkpoints. A load costs by the state's size: each of its rows is found
//! by its key, however long the history is.

use std::fmt::Write as _;

use agentflow_core::checkpoint::{Checkpoint, CheckpointError, Record, Stored};
use agentflow_core::{CheckpointId, FieldName, Namespace, ThreadId};
use sqlx::{AssertSqlSafe, SqliteConnection, SqlitePool};

use super::error::SqliteError;
use super::open::Database;
use crate::limits::absent;
use crate::stored::{self, ValueRow, decode};

/// Fields that are read by one statement; more take several.
const FIELDS_PER_STATEMENT: usize = 64;

/// The checkpoint `?3` of a graph, or its head.
const FIND: &str = "
    SELECT c.id, c.format, c.body, g.graph
    FROM graphs g JOIN checkpoints c ON c.graph = g.graph AND c.id = coalesce(?3, g.head)
    WHERE g.thread = ?1 AND g.namespace = ?2";

const RECORDS: &str =
    "SELECT task, kind, key, value FROM records WHERE graph = ?1 AND checkpoint = ?2";

/// A checkpoint's id, format and body, and its graph.
type Found = (i64, u32, String, i64);

/// Reads through a pool of connections beside the writer.
#[derive(Debug)]
pub(super) struct Reader {
    database: Database,
    pub(super) pool: SqlitePool,
}

impl Reader {
    pub(super) fn new(database: Database) -> Self {
        let pool = database.readers();
        Self { database, pool }
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    pub(super) async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        // One transaction sees one moment: no delete comes between its statements.
        let mut tx = self.pool.begin().await.map_err(|error| self.error(error))?;
        let found = self.find(&mut tx, thread, namespace, id).await;
        let Some((id, format, body, graph)) = found.map_err(|error| self.error(error))? else {
            return Ok(None);
        };
        let checkpoint = decode(thread, id, format, &body)?;
        let values = self.values(&mut tx, thread, graph, &checkpoint).await?;
        let records = self.records(&mut tx, thread, graph, checkpoint.id).await?;
        tx.rollback().await.map_err(|error| self.error(error))?;
        Ok(Some(Stored {
            checkpoint,
            values,
            records,
        }))
    }

    /// The graph's number, and the checkpoint as [`decode`] reads it.
    async fn find(
        &self,
        conn: &mut SqliteConnection,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Found>, sqlx::Error> {
        sqlx::query_as(FIND)
            .bind(thread.as_str())
            .bind(namespace.as_str())
            .bind(id.map(|id| absent(id.0)))
            .fetch_optional(conn)
            .await
    }

    /// The values of `checkpoint`, in the order of their names, and pieces in their own.
    async fn values(
        &self,
        conn: &mut SqliteConnection,
        thread: &ThreadId,
        graph: i64,
        checkpoint: &Checkpoint,
    ) -> Result<Vec<(FieldName, Vec<u8>)>, CheckpointError> {
        let wanted: Vec<(&FieldName, CheckpointId)> = checkpoint.fields.iter().collect();
        let mut found = Vec::with_capacity(wanted.len());
        for part in wanted.chunks(FIELDS_PER_STATEMENT) {
            let mut query = sqlx::query_as(AssertSqlSafe(values_sql(part.len()))).bind(graph);
            for (name, at) in part {
                query = query.bind(name.as_str()).bind(absent(at.0));
            }
            let rows: Vec<ValueRow> = query
                .fetch_all(&mut *conn)
                .await
                .map_err(|error| self.error(error))?;
            found.extend(rows);
        }
        let values = stored::values(thread, checkpoint, found);
        Ok(values.map_err(SqliteError::from)?)
    }

    async fn records(
        &self,
        conn: &mut SqliteConnection,
        thread: &ThreadId,
        graph: i64,
        checkpoint: CheckpointId,
    ) -> Result<Vec<Record>, CheckpointError> {
        let rows = sqlx::query_as(RECORDS)
            .bind(graph)
            .bind(absent(checkpoint.0))
            .fetch_all(conn)
            .await;
        let rows = rows.map_err(|error| self.error(error))?;
        Ok(stored::records(thread, rows).map_err(SqliteError::from)?)
    }

    pub(super) fn error(&self, error: sqlx::Error) -> CheckpointError {
        self.database.error(error).into()
    }
}

/// Reads `count` fields of graph `?1`, each given by its name and its checkpoint.
fn values_sql(count: usize) -> String {
    let mut sql = String::from("WITH wanted (field, checkpoint) AS (VALUES ");
    for index in 0..count {
        let separator = if index == 0 { "" } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(sql, "{separator}(?{}, ?{})", 2 * index + 2, 2 * index + 3);
    }
    // CROSS JOIN keeps SQLite from walking all values of the graph instead.
    sql.push_str(
        ") SELECT v.field, v.checkpoint, v.value FROM wanted w CROSS JOIN field_values v
         WHERE v.graph = ?1 AND v.field = w.field AND v.checkpoint = w.checkpoint",
    );
    sql
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use sqlx::Row;

    use super::super::schema::CHECKPOINTS;
    use super::super::wake::DUE;
    use super::*;
    use crate::SqliteOptions;

    #[tokio::test]
    async fn every_row_of_a_load_and_every_due_thread_is_found_by_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("threads.db");
        let database = Database::new(&path, SqliteOptions::default()).unwrap();
        let mut conn = database.prepare(&CHECKPOINTS).await.unwrap();
        for sql in [FIND, RECORDS, DUE, &values_sql(3)] {
            let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let rows = sqlx::query(sql).fetch_all(&mut conn).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
            assert!(
                plan.iter().any(|step| step.starts_with("SEARCH")),
                "{plan:?}"
            );
            // An index that has the order too: nothing is sorted.
            let sorted = plan.iter().find(|step| step.contains("TEMP B-TREE"));
            assert_eq!(sorted, None, "{plan:?}");
            // Only the list of wanted fields, which is as long as the state, is walked.
            let walked = plan.iter().find(|step| {
                step.starts_with("SCAN") && !step.contains("CONSTANT ROW") && *step != "SCAN w"
            });
            assert_eq!(walked, None, "{plan:?}");
        }
    }
}
