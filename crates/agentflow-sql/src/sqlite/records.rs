//! Stores what tasks of the unfinished superstep leave with a checkpoint.

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::{CheckpointError, Record, RecordsRequest};
use rusqlite::{Connection, params};

use super::error::SqliteError;
use super::failure::Failure;
use super::fence::standing;
use super::wake;
use crate::limits::{absent, check_records, column};

const KEEP_FIRST: &str = "
    INSERT INTO records (graph, checkpoint, task, kind, key, value)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";

const KEEP_LAST: &str = "
    INSERT INTO records (graph, checkpoint, task, kind, key, value)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET value = excluded.value";

/// Records, checked by the caller.
pub(super) struct SaveRecords(RecordsRequest);

impl SaveRecords {
    pub(super) fn new(request: RecordsRequest) -> Result<Self, CheckpointError> {
        check_records(&request).map_err(SqliteError::from)?;
        column("a checkpoint's id", request.checkpoint.id.0).map_err(SqliteError::from)?;
        Ok(Self(request))
    }

    /// Refuses before the first statement that writes.
    pub(super) fn apply(&self, conn: &Connection) -> Result<(), Failure> {
        let Self(RecordsRequest {
            fence,
            checkpoint,
            records,
            wake,
        }) = self;
        let stands = standing(conn, fence, &checkpoint.namespace)?;
        // Without its checkpoint a record would wait for whoever gets the number next,
        // as after a delete, and be taken for that one's.
        let Some(graph) = stands.graph_with(conn, checkpoint.id)? else {
            return Err(Failure::Refused(CheckpointError::Conflict {
                thread: fence.thread.clone(),
                expected: Some(checkpoint.id),
                found: stands.head,
            }));
        };
        add(conn, (graph, checkpoint.id), records)?;
        Ok(wake::set(conn, &fence.thread, *wake)?)
    }
}

/// Adds records to a checkpoint, named by graph and id, that is known to be there.
pub(super) fn add(
    conn: &Connection,
    (graph, checkpoint): (i64, CheckpointId),
    records: &[Record],
) -> Result<(), rusqlite::Error> {
    for record in records {
        let sql = if record.kind.first_wins() {
            KEEP_FIRST
        } else {
            KEEP_LAST
        };
        conn.prepare_cached(sql)?.execute(params![
            graph,
            absent(checkpoint.0),
            record.task,
            record.kind.as_str(),
            record.key,
            record.value,
        ])?;
    }
    Ok(())
}
