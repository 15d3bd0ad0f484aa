//! When a thread is to be looked at again.

use agentflow_core::checkpoint::Wake;
use agentflow_core::{ThreadId, Timestamp};
use rusqlite::{Connection, params};

use super::failure::Failure;

pub(super) const DUE: &str =
    "SELECT thread FROM threads WHERE wake_at <= ?1 ORDER BY wake_at, thread LIMIT ?2";

/// A thread that has nothing is not woken: its row is only a lease, maybe of one that
/// was deleted.
const SNOOZE: &str = "
    UPDATE threads SET wake_at = ?2
    WHERE thread = ?1 AND (
        EXISTS (SELECT 1 FROM graphs WHERE thread = ?1)
        OR EXISTS (SELECT 1 FROM events WHERE thread = ?1))";

/// An event above `?3` that came meanwhile and waits has set a wake-up, which stays.
const SET_AFTER_EVENTS: &str = "
    UPDATE threads SET wake_at = CASE
        WHEN EXISTS (SELECT 1 FROM events WHERE thread = ?1 AND id > ?3) THEN
            min(coalesce(wake_at, ?2), coalesce(?2, wake_at))
        ELSE ?2 END
    WHERE thread = ?1";

const SET: &str = "UPDATE threads SET wake_at = ?2 WHERE thread = ?1";

/// Part of a transaction that has found the thread.
pub(super) fn set(conn: &Connection, thread: &ThreadId, wake: Wake) -> Result<(), rusqlite::Error> {
    if let Wake::AfterEvents { seen, time } = wake {
        let (time, seen) = (time.map(|time| time.0), i64::try_from(seen.0));
        let mut update = conn.prepare_cached(SET_AFTER_EVENTS)?;
        update.execute(params![thread.as_str(), time, seen.unwrap_or(i64::MAX)])?;
        return Ok(());
    }
    run(conn, SET, thread, wake)
}

pub(super) fn snooze(conn: &Connection, thread: &ThreadId, wake: Wake) -> Result<(), Failure> {
    Ok(run(conn, SNOOZE, thread, wake)?)
}

fn run(
    conn: &Connection,
    sql: &'static str,
    thread: &ThreadId,
    wake: Wake,
) -> Result<(), rusqlite::Error> {
    let at = match wake {
        Wake::Keep => return Ok(()),
        Wake::At(at) => Some(at.0),
        Wake::Never => None,
        Wake::AfterEvents { time, .. } => time.map(|time| time.0),
    };
    let mut update = conn.prepare_cached(sql)?;
    update.execute(params![thread.as_str(), at]).map(drop)
}

pub(super) fn due(conn: &Connection, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, Failure> {
    let mut statement = conn.prepare_cached(DUE)?;
    let threads = statement.query_map(params![now.0, limit], |row| row.get::<_, String>(0))?;
    let threads = threads.map(|thread| thread.map(ThreadId::from));
    Ok(threads.collect::<Result<_, _>>()?)
}
