//! Stores what tasks of the unfinished superstep leave with a checkpoint.

use agentflow_core::checkpoint::{CheckpointError, RecordsRequest};
use sqlx::SqliteConnection;

use super::error::SqliteError;
use super::fence::{WriteError, standing};
use super::limits::{check_records, column};

const KEEP_FIRST: &str = "
    INSERT INTO records (graph, checkpoint, task, kind, key, value)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT DO NOTHING";

const KEEP_LAST: &str = "
    INSERT INTO records (graph, checkpoint, task, kind, key, value)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT DO UPDATE SET value = excluded.value";

/// Records, checked by the caller.
pub(super) struct SaveRecords {
    request: RecordsRequest,
    checkpoint: i64,
}

impl SaveRecords {
    pub(super) fn new(request: RecordsRequest) -> Result<Self, CheckpointError> {
        check_records(&request)?;
        if request.fence.thread != request.checkpoint.thread {
            return Err(SqliteError::OtherThread {
                fence: request.fence.thread,
                checkpoint: request.checkpoint.thread,
            }
            .into());
        }
        let checkpoint = column("a checkpoint's id", request.checkpoint.id.0)?;
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
        for record in records {
            let sql = if record.kind.first_wins() {
                KEEP_FIRST
            } else {
                KEEP_LAST
            };
            sqlx::query(sql)
                .bind(standing.graph)
                .bind(self.checkpoint)
                .bind(record.task.as_str())
                .bind(record.kind.as_str())
                .bind(record.key.as_str())
                .bind(record.value.as_slice())
                .execute(&mut *conn)
                .await?;
        }
        Ok(())
    }
}
