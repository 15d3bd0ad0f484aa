//! Reads checkpoints. A load costs by the state's size: each of its rows is found
//! by its key, however long the history is.

use agentflow_core::checkpoint::{Checkpoint, CheckpointError, Record, Stored};
use agentflow_core::{CheckpointId, FieldName, Namespace, ThreadId};
use rusqlite::{Connection, OptionalExtension, params};

use super::error::SqliteError;
use super::failure::Failure;
use crate::limits::absent;
use crate::stored::{self, RecordRow, decode};
use crate::wanted::Wanted;

/// The checkpoint `?3` of a graph, or its head.
const FIND: &str = "
    SELECT c.id, c.format, c.body, c.changed, g.graph
    FROM graphs g JOIN checkpoints c ON c.graph = g.graph
        AND c.id = coalesce(?3, (SELECT max(id) FROM checkpoints WHERE graph = g.graph))
    WHERE g.thread = ?1 AND g.namespace = ?2";

const CHANGED: &str = "SELECT changed FROM checkpoints WHERE graph = ?1 AND id = ?2";

const VALUE: &str =
    "SELECT value FROM field_values WHERE graph = ?1 AND field = ?2 AND checkpoint = ?3";

const RECORDS: &str =
    "SELECT task, kind, key, value FROM records WHERE graph = ?1 AND checkpoint = ?2";

/// The columns of [`FIND`].
type Found = (i64, u32, String, Option<Vec<u8>>, i64);

pub(super) fn load(
    conn: &Connection,
    thread: &ThreadId,
    namespace: &Namespace,
    id: Option<CheckpointId>,
) -> Result<Option<Stored>, Failure> {
    let id = id.map(|id| absent(id.0));
    let found = conn
        .prepare_cached(FIND)?
        .query_row(params![thread.as_str(), namespace.as_str(), id], |row| {
            Found::try_from(row)
        })
        .optional()?;
    let Some((id, format, body, changed, graph)) = found else {
        return Ok(None);
    };
    let checkpoint = decode(thread, id, format, &body).map_err(Failure::Refused)?;
    let values = values(conn, (thread, graph), &checkpoint, changed)?;
    let records = records(conn, (thread, graph), checkpoint.id)?;
    Ok(Some(Stored {
        checkpoint,
        values,
        records,
    }))
}

/// The values of a checkpoint, `changed` in its own row among them.
fn values(
    conn: &Connection,
    (thread, graph): (&ThreadId, i64),
    checkpoint: &Checkpoint,
    changed: Option<Vec<u8>>,
) -> Result<Vec<(FieldName, Vec<u8>)>, Failure> {
    let damaged = |error| Failure::Refused(CheckpointError::from(SqliteError::Data(error)));
    let mut wanted = Wanted::of(thread, checkpoint);
    let own = changed.unwrap_or_default();
    wanted.take_row(checkpoint.id, &own).map_err(damaged)?;
    for at in wanted.checkpoints() {
        let changed = changed_at(conn, graph, at)?;
        wanted.take_row(at, &changed).map_err(damaged)?;
    }
    let apart: Vec<_> = wanted.missing().collect();
    for (at, field) in apart {
        let value = conn
            .prepare_cached(VALUE)?
            .query_row(params![graph, field, absent(at.0)], |row| row.get(0))
            .optional()?;
        if let Some(value) = value {
            wanted.take(at, field, || value);
        }
    }
    wanted.values().map_err(damaged)
}

/// What the row of a checkpoint has of values; nothing where it is gone or of an older build.
pub(super) fn changed_at(
    conn: &Connection,
    graph: i64,
    at: CheckpointId,
) -> Result<Vec<u8>, rusqlite::Error> {
    let mut changed = conn.prepare_cached(CHANGED)?;
    let changed = changed.query_row(params![graph, absent(at.0)], |row| row.get(0));
    Ok(changed.optional()?.flatten().unwrap_or_default())
}

fn records(
    conn: &Connection,
    (thread, graph): (&ThreadId, i64),
    checkpoint: CheckpointId,
) -> Result<Vec<Record>, Failure> {
    let mut statement = conn.prepare_cached(RECORDS)?;
    let rows = statement.query_map(params![graph, absent(checkpoint.0)], |row| {
        RecordRow::try_from(row)
    })?;
    let rows: Vec<RecordRow> = rows.collect::<Result<_, _>>()?;
    let records = stored::records(thread, rows);
    records.map_err(|error| Failure::Refused(SqliteError::Data(error).into()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::path::Path;

    use super::super::open::Database;
    use super::super::schema::CHECKPOINTS;
    use super::super::wake::DUE;
    use super::*;
    use crate::SqliteOptions;

    #[test]
    fn every_row_of_a_load_and_every_due_thread_is_found_by_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let path: &Path = &folder.path().join("threads.db");
        let database = Database::new(path, SqliteOptions::default()).unwrap();
        let conn = database.prepare(&CHECKPOINTS).unwrap();
        for sql in [FIND, CHANGED, VALUE, RECORDS, DUE] {
            let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let plan = explain.raw_query().mapped(|row| row.get("detail"));
            let plan: Vec<String> = plan.map(Result::unwrap).collect();
            assert!(
                plan.iter().any(|step| step.starts_with("SEARCH")),
                "{plan:?}"
            );
            // An index that has the order too: nothing is sorted, and nothing walked.
            let costly = |step: &&String| step.contains("TEMP B-TREE") || step.starts_with("SCAN");
            assert_eq!(plan.iter().find(costly), None, "{plan:?}");
        }
    }
}
