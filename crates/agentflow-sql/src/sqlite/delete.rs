//! Deletes all of a thread but its row in `threads`, whose numbers must grow
//! on and whose lease is its owner's to give back.

use agentflow_core::ThreadId;
use rusqlite::Connection;

use super::failure::Failure;

const DELETE: [&str; 8] = [
    "DELETE FROM records WHERE graph IN (SELECT graph FROM graphs WHERE thread = ?1)",
    "DELETE FROM field_values WHERE graph IN (SELECT graph FROM graphs WHERE thread = ?1)",
    "DELETE FROM checkpoints WHERE graph IN (SELECT graph FROM graphs WHERE thread = ?1)",
    "DELETE FROM graphs WHERE thread = ?1",
    "DELETE FROM events WHERE thread = ?1",
    "DELETE FROM event_keys WHERE thread = ?1",
    "DELETE FROM stream_log WHERE thread = ?1",
    "UPDATE threads SET wake_at = NULL WHERE thread = ?1 AND wake_at IS NOT NULL",
];

pub(super) fn delete_thread(conn: &Connection, thread: &ThreadId) -> Result<(), Failure> {
    for sql in DELETE {
        conn.prepare_cached(sql)?.execute([thread.as_str()])?;
    }
    Ok(())
}
