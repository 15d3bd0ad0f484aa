//! Makes one thread a copy of another, row by row.

use agentflow_core::checkpoint::CheckpointError;
use agentflow_core::{CheckpointId, ThreadId};
use sqlx::{Row, SqliteConnection};

use super::fence::WriteError;
use crate::limits::number;

const STANDING: &str = "
    SELECT EXISTS (SELECT 1 FROM graphs WHERE thread = ?1)
               OR EXISTS (SELECT 1 FROM events WHERE thread = ?1),
           (SELECT head FROM graphs WHERE thread = ?2 ORDER BY namespace LIMIT 1),
           EXISTS (SELECT 1 FROM events WHERE thread = ?2)";

/// The epoch and the lease of `?2` stay as they are, or begin at nothing.
const COPY: &str = "
    INSERT INTO threads (thread, epoch, owner, expires_at, wake_at, newest_event)
    SELECT ?2, 0, NULL, 0, wake_at, newest_event FROM threads WHERE thread = ?1
    ON CONFLICT DO UPDATE
    SET wake_at = excluded.wake_at, newest_event = max(newest_event, excluded.newest_event);
    INSERT INTO graphs (thread, namespace, head)
    SELECT ?2, namespace, head FROM graphs WHERE thread = ?1;
    INSERT INTO checkpoints (graph, id, format, body)
    SELECT n.graph, c.id, c.format, c.body
    FROM graphs o JOIN graphs n ON n.thread = ?2 AND n.namespace = o.namespace
    JOIN checkpoints c ON c.graph = o.graph WHERE o.thread = ?1;
    INSERT INTO field_values (graph, field, checkpoint, value)
    SELECT n.graph, v.field, v.checkpoint, v.value
    FROM graphs o JOIN graphs n ON n.thread = ?2 AND n.namespace = o.namespace
    JOIN field_values v ON v.graph = o.graph WHERE o.thread = ?1;
    INSERT INTO records (graph, checkpoint, task, kind, key, value)
    SELECT n.graph, r.checkpoint, r.task, r.kind, r.key, r.value
    FROM graphs o JOIN graphs n ON n.thread = ?2 AND n.namespace = o.namespace
    JOIN records r ON r.graph = o.graph WHERE o.thread = ?1;
    INSERT INTO events (thread, id, name, payload, delivered_at)
    SELECT ?2, id, name, payload, delivered_at FROM events WHERE thread = ?1;
    INSERT INTO event_keys (thread, key, event, taken)
    SELECT ?2, key, event, taken FROM event_keys WHERE thread = ?1;
    DELETE FROM stream_log WHERE thread = ?2;";

/// Refuses before the first statement that writes.
pub(super) async fn copy_thread(
    conn: &mut SqliteConnection,
    from: &ThreadId,
    to: &ThreadId,
) -> Result<(), WriteError> {
    let standing = sqlx::query(STANDING)
        .bind(from.as_str())
        .bind(to.as_str())
        .fetch_one(&mut *conn)
        .await?;
    if !standing.try_get::<bool, _>(0)? {
        let thread = from.clone();
        return Err(WriteError::Refused(CheckpointError::NoSuchThread {
            thread,
        }));
    }
    let thread = to.clone();
    if let Some(head) = standing.try_get::<Option<i64>, _>(1)? {
        return Err(WriteError::Refused(CheckpointError::Conflict {
            thread,
            expected: None,
            found: Some(CheckpointId(number(head))),
        }));
    }
    if standing.try_get(2)? {
        return Err(WriteError::Refused(CheckpointError::NotNew { thread }));
    }
    sqlx::query(COPY)
        .bind(from.as_str())
        .bind(to.as_str())
        .execute(conn)
        .await?;
    Ok(())
}
