//! What is done to whole threads: deleted, copied, woken.

use agentflow_core::checkpoint::{CheckpointError, Wake};
use agentflow_core::{CheckpointId, ThreadId, Timestamp};
use sqlx::AssertSqlSafe;

use super::checkpointer::PostgresCheckpointer;
use crate::limits::number;

/// A [`Wake`] as the functions take it.
pub(super) struct Waking {
    pub(super) word: &'static str,
    pub(super) time: Option<i64>,
    pub(super) seen: Option<i64>,
}

impl Waking {
    pub(super) fn of(wake: Wake) -> Self {
        let (word, time, seen) = match wake {
            Wake::Keep => ("keep", None, None),
            Wake::At(at) => ("set", Some(at), None),
            Wake::Never => ("set", None, None),
            Wake::AfterEvents { seen, time } => ("after events", time, Some(seen)),
        };
        Self {
            word,
            time: time.map(|time| time.0),
            // No event has a number beyond the column's: all have been seen.
            seen: seen.map(|seen| i64::try_from(seen.0).unwrap_or(i64::MAX)),
        }
    }
}

/// The function is as old as the tables, and older builds call it as well: the stream log,
/// which is younger, is cleared beside it.
const COPY: &str = "
    WITH copied AS MATERIALIZED (SELECT refusal, actual FROM SCHEMA.copy_thread($1, $2)),
    cleared AS (
        DELETE FROM SCHEMA.stream_log
        WHERE thread = $2 AND EXISTS (SELECT FROM copied WHERE refusal IS NULL))
    SELECT refusal, actual FROM copied";

impl PostgresCheckpointer {
    pub(super) async fn delete(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        let sql = self.sql("SELECT SCHEMA.delete_thread($1)");
        let statement = sqlx::query(AssertSqlSafe(sql)).bind(thread.as_str().as_bytes());
        Ok(self.connections.row(statement).await.map(drop)?)
    }

    pub(super) async fn copy(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        let sql = self.sql(COPY);
        let statement = sqlx::query(AssertSqlSafe(sql))
            .bind(from.as_str().as_bytes())
            .bind(to.as_str().as_bytes());
        let row = self.connections.row(statement).await?;
        let refusal: Option<String> = self.get(&row, 0)?;
        let actual: Option<i64> = self.get(&row, 1)?;
        let thread = to.clone();
        match refusal.as_deref() {
            None => Ok(()),
            Some("nothing") => Err(CheckpointError::NoSuchThread {
                thread: from.clone(),
            }),
            Some("events") => Err(CheckpointError::NotNew { thread }),
            Some(_) => Err(CheckpointError::Conflict {
                thread,
                expected: None,
                found: actual.map(number).map(CheckpointId),
            }),
        }
    }

    pub(super) async fn due_threads(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<ThreadId>, CheckpointError> {
        let sql = self.sql(
            "SELECT thread FROM SCHEMA.threads WHERE wake_at <= $1
             ORDER BY wake_at, thread LIMIT $2",
        );
        let statement = sqlx::query(AssertSqlSafe(sql))
            .bind(now.0)
            .bind(i64::from(limit));
        let rows = self.connections.rows(statement).await?;
        let threads = rows.iter().map(|row| {
            let name: &[u8] = self.get(row, 0)?;
            // Lossy: a name to wake that nobody can have given finds nothing.
            Ok(ThreadId::from(String::from_utf8_lossy(name).into_owned()))
        });
        threads.collect()
    }

    pub(super) async fn snooze_now(
        &self,
        thread: &ThreadId,
        wake: Wake,
    ) -> Result<(), CheckpointError> {
        let waking = Waking::of(wake);
        let sql = self.sql("SELECT SCHEMA.snooze($1, $2, $3, $4)");
        let statement = sqlx::query(AssertSqlSafe(sql))
            .bind(thread.as_str().as_bytes())
            .bind(waking.word)
            .bind(waking.time)
            .bind(waking.seen);
        Ok(self.connections.row(statement).await.map(drop)?)
    }
}
