//! Reads checkpoints. A load costs by the state's size: each of its rows is found
//! by its key, however long the history is.

use std::collections::HashMap;
use std::fmt::Write as _;

use agentflow_core::checkpoint::{
    Checkpoint, CheckpointError, CodecError, FORMAT, FieldVersions, Record, RecordKind, Stored,
};
use agentflow_core::{CheckpointId, FieldName, Namespace, ThreadId};
use sqlx::{AssertSqlSafe, SqliteConnection, SqlitePool};

use super::error::SqliteError;
use super::limits::{column, number};
use super::open::Database;

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
        let values = self
            .values(&mut tx, thread, graph, &checkpoint.fields)
            .await?;
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
            // A number that SQLite cannot hold is that of no checkpoint, and so is -1.
            .bind(id.map(|id| i64::try_from(id.0).unwrap_or(-1)))
            .fetch_optional(conn)
            .await
    }

    /// The values of `fields`, in the order of their names, and pieces in their own.
    async fn values(
        &self,
        conn: &mut SqliteConnection,
        thread: &ThreadId,
        graph: i64,
        fields: &FieldVersions,
    ) -> Result<Vec<(FieldName, Vec<u8>)>, CheckpointError> {
        let wanted: Vec<(&FieldName, CheckpointId)> = fields.iter().collect();
        let mut found: HashMap<(String, i64), Vec<u8>> = HashMap::with_capacity(wanted.len());
        for part in wanted.chunks(FIELDS_PER_STATEMENT) {
            let mut query = sqlx::query_as(AssertSqlSafe(values_sql(part.len()))).bind(graph);
            for (name, at) in part {
                query = query
                    .bind(name.as_str())
                    .bind(column("a checkpoint's id", at.0)?);
            }
            let rows: Vec<(String, i64, Vec<u8>)> = query
                .fetch_all(&mut *conn)
                .await
                .map_err(|error| self.error(error))?;
            let rows = rows.into_iter();
            found.extend(rows.map(|(field, at, value)| ((field, at), value)));
        }
        let complete = wanted.iter().map(|(field, at)| {
            let place = (field.to_string(), column("a checkpoint's id", at.0)?);
            let value = found.remove(&place);
            let value = value.ok_or_else(|| SqliteError::ValueMissing {
                path: self.database.path.to_path_buf(),
                thread: thread.clone(),
                field: field.to_string(),
            })?;
            Ok(((*field).clone(), value))
        });
        complete.collect()
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
            .bind(column("a checkpoint's id", checkpoint.0)?)
            .fetch_all(conn)
            .await;
        let rows: Vec<(String, String, String, Vec<u8>)> =
            rows.map_err(|error| self.error(error))?;
        let mut records = rows
            .into_iter()
            .map(|(task, word, key, value)| match RecordKind::parse(&word) {
                Some(kind) => Ok(Record {
                    task,
                    kind,
                    key,
                    value,
                }),
                None => Err(SqliteError::UnknownRecordKind {
                    thread: thread.clone(),
                    kind: word,
                }),
            })
            .collect::<Result<Vec<_>, _>>()?;
        // Kinds have an order of their own, which their words have not.
        records.sort_by(|a, b| (&a.task, a.kind, &a.key).cmp(&(&b.task, b.kind, &b.key)));
        Ok(records)
    }

    pub(super) fn error(&self, error: sqlx::Error) -> CheckpointError {
        self.database.error(error).into()
    }
}

/// A checkpoint as it was stored, unless a newer build did.
pub(super) fn decode(
    thread: &ThreadId,
    id: i64,
    format: u32,
    body: &str,
) -> Result<Checkpoint, CheckpointError> {
    let id = CheckpointId(number(id));
    if format > FORMAT {
        return Err(CheckpointError::TooNew {
            id,
            found: format,
            known: FORMAT,
        });
    }
    let decoded = serde_json::from_str(body).map_err(|error| {
        CodecError::decoding(format!("checkpoint {id} of thread `{thread}`"), error)
    });
    Ok(decoded?)
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

    use super::super::wake::DUE;
    use super::*;
    use crate::SqliteOptions;

    #[tokio::test]
    async fn every_row_of_a_load_and_every_due_thread_is_found_by_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("threads.db");
        let database = Database::new(&path, SqliteOptions::default()).unwrap();
        let mut conn = database.prepare().await.unwrap();
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
