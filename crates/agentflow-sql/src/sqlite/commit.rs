//! Stores one superstep: its checkpoint, which is the new head, the fields that changed,
//! and what it leaves behind on the checkpoint it was built on.

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::{CheckpointError, CommitRequest};
use rusqlite::{Connection, params};

use super::error::SqliteError;
use super::failure::Failure;
use super::fence::{Standing, standing};
use super::{events, records};
use crate::changed::Changed;
use crate::limits::{check_commit, column};
use crate::stored;

const ADD_GRAPH: &str = "INSERT INTO graphs (thread, namespace) VALUES (?1, ?2) RETURNING graph";

const ADD_CHECKPOINT: &str =
    "INSERT INTO checkpoints (graph, id, format, body, changed) VALUES (?1, ?2, ?3, ?4, ?5)";

const ADD_VALUE: &str =
    "INSERT INTO field_values (graph, checkpoint, field, value) VALUES (?1, ?2, ?3, ?4)";

const CLEAR_WAKE_UP: &str = "UPDATE threads SET wake_at = NULL WHERE thread = ?1";

/// A commit as the tables take it. It is encoded by the caller, not by the writer
/// that everybody waits for.
pub(super) struct Commit {
    request: CommitRequest,
    id: i64,
    body: String,
    changed: Changed,
}

impl Commit {
    pub(super) fn new(request: CommitRequest) -> Result<Self, CheckpointError> {
        request.check()?;
        let body = stored::body(&request)?;
        check_commit(&request, &body).map_err(SqliteError::from)?;
        let id = column("a checkpoint's id", request.checkpoint.id.0).map_err(SqliteError::from)?;
        Ok(Self {
            id,
            body,
            changed: Changed::new(&request.changed),
            request,
        })
    }

    /// Writes all of it, or nothing where it is refused.
    pub(super) fn apply(&self, conn: &Connection) -> Result<(), Failure> {
        let CommitRequest {
            fence,
            namespace,
            checkpoint,
            records,
            taken,
            ..
        } = &self.request;
        let thread = &fence.thread;
        let stands = standing(conn, fence, namespace)?;
        self.check(conn, &stands)?;
        let graph = match stands.graph {
            Some(graph) => graph,
            None => conn
                .prepare_cached(ADD_GRAPH)?
                .query_row(params![thread.as_str(), namespace.as_str()], |row| {
                    row.get(0)
                })?,
        };
        self.add(conn, graph)?;
        if let Some(parent) = checkpoint.parent {
            records::add(conn, (graph, parent), records)?;
        }
        events::take(conn, thread, taken)?;
        // The thread has moved on.
        if stands.has_wake_up && namespace.is_root() {
            conn.prepare_cached(CLEAR_WAKE_UP)?
                .execute([thread.as_str()])?;
        }
        Ok(())
    }

    /// Refuses what does not build on the head, or whose parent is not there.
    fn check(&self, conn: &Connection, stands: &Standing) -> Result<(), Failure> {
        let CommitRequest {
            fence,
            expected_head,
            checkpoint,
            ..
        } = &self.request;
        let conflict = |expected: Option<CheckpointId>| {
            Err(Failure::Refused(CheckpointError::Conflict {
                thread: fence.thread.clone(),
                expected,
                found: stands.head,
            }))
        };
        if stands.head != *expected_head || stands.head >= Some(checkpoint.id) {
            return conflict(*expected_head);
        }
        if let Some(parent) = checkpoint.parent
            && stands.graph_with(conn, parent)?.is_none()
        {
            return conflict(Some(parent));
        }
        Ok(())
    }

    fn add(&self, conn: &Connection, graph: i64) -> Result<(), rusqlite::Error> {
        let Self {
            request, id, body, ..
        } = self;
        let row = params![
            graph,
            id,
            request.checkpoint.format,
            body,
            self.changed.in_row
        ];
        conn.prepare_cached(ADD_CHECKPOINT)?.execute(row)?;
        for (field, value) in self.changed.apart(&request.changed) {
            let row = params![graph, id, field, value];
            conn.prepare_cached(ADD_VALUE)?.execute(row)?;
        }
        Ok(())
    }
}
