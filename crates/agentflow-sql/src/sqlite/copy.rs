//! Makes one thread a copy of another, row by row.

use agentflow_core::checkpoint::CheckpointError;
use agentflow_core::{CheckpointId, ThreadId};
use rusqlite::{Connection, params};

use super::failure::Failure;
use crate::limits::number;

const STANDING: &str = "
    SELECT EXISTS (SELECT 1 FROM graphs WHERE thread = ?1)
               OR EXISTS (SELECT 1 FROM events WHERE thread = ?1),
           (SELECT max(c.id) FROM checkpoints c
            WHERE c.graph = (SELECT graph FROM graphs WHERE thread = ?2 ORDER BY namespace LIMIT 1)),
           EXISTS (SELECT 1 FROM events WHERE thread = ?2)";

/// The epoch and the lease of `?2` stay as they are, or begin at nothing.
const COPY: [&str; 7] = [
    "INSERT INTO threads (thread, epoch, owner, expires_at, wake_at, newest_event)
     SELECT ?2, 0, NULL, 0, wake_at, newest_event FROM threads WHERE thread = ?1
     ON CONFLICT DO UPDATE
     SET wake_at = excluded.wake_at, newest_event = max(newest_event, excluded.newest_event)",
    "INSERT INTO graphs (thread, namespace)
     SELECT ?2, namespace FROM graphs WHERE thread = ?1",
    "INSERT INTO checkpoints (graph, id, format, body, changed)
     SELECT n.graph, c.id, c.format, c.body, c.changed
     FROM graphs o JOIN graphs n ON n.thread = ?2 AND n.namespace = o.namespace
     JOIN checkpoints c ON c.graph = o.graph WHERE o.thread = ?1",
    "INSERT INTO field_values (graph, field, checkpoint, value)
     SELECT n.graph, v.field, v.checkpoint, v.value
     FROM graphs o JOIN graphs n ON n.thread = ?2 AND n.namespace = o.namespace
     JOIN field_values v ON v.graph = o.graph WHERE o.thread = ?1",
    "INSERT INTO records (graph, checkpoint, task, kind, key, value)
     SELECT n.graph, r.checkpoint, r.task, r.kind, r.key, r.value
     FROM graphs o JOIN graphs n ON n.thread = ?2 AND n.namespace = o.namespace
     JOIN records r ON r.graph = o.graph WHERE o.thread = ?1",
    "INSERT INTO events (thread, id, name, payload, delivered_at)
     SELECT ?2, id, name, payload, delivered_at FROM events WHERE thread = ?1",
    "INSERT INTO event_keys (thread, key, event, taken)
     SELECT ?2, key, event, taken FROM event_keys WHERE thread = ?1",
];

const FORGET_LOG: &str = "DELETE FROM stream_log WHERE thread = ?1";

/// Refuses before the first statement that writes.
pub(super) fn copy_thread(
    conn: &Connection,
    from: &ThreadId,
    to: &ThreadId,
) -> Result<(), Failure> {
    let places = params![from.as_str(), to.as_str()];
    let stands: (bool, Option<i64>, bool) = conn
        .prepare_cached(STANDING)?
        .query_row(places, |row| row.try_into())?;
    let (is_there, head, has_events) = stands;
    if !is_there {
        let thread = from.clone();
        return Err(Failure::Refused(CheckpointError::NoSuchThread { thread }));
    }
    let thread = to.clone();
    if let Some(head) = head {
        return Err(Failure::Refused(CheckpointError::Conflict {
            thread,
            expected: None,
            found: Some(CheckpointId(number(head))),
        }));
    }
    if has_events {
        return Err(Failure::Refused(CheckpointError::NotNew { thread }));
    }
    for sql in COPY {
        conn.prepare_cached(sql)?.execute(places)?;
    }
    conn.prepare_cached(FORGET_LOG)?.execute([to.as_str()])?;
    Ok(())
}
