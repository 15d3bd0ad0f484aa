//! When a thread is to be looked at again.

use agentflow_core::checkpoint::{CheckpointError, Wake};
use agentflow_core::{ThreadId, Timestamp};
use sqlx::SqliteConnection;

use super::fence::WriteError;
use super::load::Reader;

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

/// Part of a transaction that has found the thread.
pub(super) async fn set(
    conn: &mut SqliteConnection,
    thread: &ThreadId,
    wake: Wake,
) -> Result<(), sqlx::Error> {
    if let Wake::AfterEvents { seen, time } = wake {
        let update = sqlx::query(SET_AFTER_EVENTS)
            .bind(thread.as_str())
            .bind(time.map(|time| time.0))
            .bind(i64::try_from(seen.0).unwrap_or(i64::MAX));
        return update.execute(conn).await.map(drop);
    }
    run(
        conn,
        "UPDATE threads SET wake_at = ?2 WHERE thread = ?1",
        thread,
        wake,
    )
    .await
}

pub(super) async fn snooze(
    conn: &mut SqliteConnection,
    thread: &ThreadId,
    wake: Wake,
) -> Result<(), WriteError> {
    Ok(run(conn, SNOOZE, thread, wake).await?)
}

async fn run(
    conn: &mut SqliteConnection,
    sql: &'static str,
    thread: &ThreadId,
    wake: Wake,
) -> Result<(), sqlx::Error> {
    let at = match wake {
        Wake::Keep => return Ok(()),
        Wake::At(at) => Some(at.0),
        Wake::Never => None,
        Wake::AfterEvents { time, .. } => time.map(|time| time.0),
    };
    let update = sqlx::query(sql).bind(thread.as_str()).bind(at);
    update.execute(conn).await.map(drop)
}

impl Reader {
    pub(super) async fn due(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<ThreadId>, CheckpointError> {
        let threads: Result<Vec<String>, _> = sqlx::query_scalar(DUE)
            .bind(now.0)
            .bind(limit)
            .fetch_all(&self.pool)
            .await;
        let threads = threads.map_err(|error| self.error(error))?;
        Ok(threads.into_iter().map(ThreadId::from).collect())
    }
}
