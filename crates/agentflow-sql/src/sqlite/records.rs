//! Stores what tasks of the unfinished superstep leave with a checkpoint.

use agentflow_core::checkpoint::{CheckpointError, Record, RecordsRequest};
use agentflow_core::{Namespace, ThreadId};
use sqlx::SqliteConnection;

use super::error::SqliteError;
use super::fence::{WriteError, standing};
use super::wake;
use crate::limits::{check_records, column};

const KEEP_FIRST: &str = "
    INSERT INTO records (graph, checkpoint, task, kind, key, value)
    SELECT graph, ?3, ?4, ?5, ?6, ?7 FROM graphs WHERE thread = ?1 AND namespace = ?2
    ON CONFLICT DO NOTHING";

const KEEP_LAST: &str = "
    INSERT INTO records (graph, checkpoint, task, kind, key, value)
    SELECT graph, ?3, ?4, ?5, ?6, ?7 FROM graphs WHERE thread = ?1 AND namespace = ?2
    ON CONFLICT DO UPDATE SET value = excluded.value";

/// Records, checked by the caller.
pub(super) struct SaveRecords {
    request: RecordsRequest,
    checkpoint: i64,
}

impl SaveRecords {
    pub(super) fn new(request: RecordsRequest) -> Result<Self, CheckpointError> {
        check_records(&request).map_err(SqliteError::from)?;
        let checkpoint =
            column("a checkpoint's id", request.checkpoint.id.0).map_err(SqliteError::from)?;
        Ok(Self {
            request,
            checkpoint,
        })
    }

    /// Refuses before the first statement that writes.
    pub(super) async fn apply(&self, conn: &mut SqliteConnection) -> Result<(), WriteError> {
        let RecordsRequest {
            fence,
            checkpoint,
            records,
            wake,
        } = &self.request;
        let standing = standing(conn, fence, &checkpoint.namespace, Some(self.checkpoint)).await?;
        // Without its checkpoint a record would wait for whoever gets the number next,
        // as after a delete, and be taken for that one's.
        if !standing.has_checkpoint {
            return Err(WriteError::Refused(CheckpointError::Conflict {
                thread: fence.thread.clone(),
                expected: Some(checkpoint.id),
                found: standing.head,
            }));
        }
        let place = (&fence.thread, &checkpoint.namespace, self.checkpoint);
        add(conn, place, records).await?;
        Ok(wake::set(conn, &fence.thread, *wake).await?)
    }
}

/// Adds records to a checkpoint, named by thread, namespace and id, that is known to
/// be there.
pub(super) async fn add(
    conn: &mut SqliteConnection,
    (thread, namespace, checkpoint): (&ThreadId, &Namespace, i64),
    records: &[Record],
) -> Result<(), sqlx::Error> {
    for record in records {
        let sql = if record.kind.first_wins() {
            KEEP_FIRST
        } else {
            KEEP_LAST
        };
        sqlx::query(sql)
            .bind(thread.as_str())
            .bind(namespace.as_str())
            .bind(checkpoint)
            .bind(record.task.as_str())
            .bind(record.kind.as_str())
            .bind(record.key.as_str())
            .bind(record.value.as_slice())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}
