//! Keeps what runs have emitted, for readers that come back.

use agentflow_core::checkpoint::{
    CheckpointError, LogAppend, LogEntry, LogPage, LogPosition, LogRoom, LogSlice,
};
use futures::TryStreamExt;
use sqlx::{Row, SqliteConnection};

use super::fence::{WriteError, fenced};
use super::load::Reader;
use crate::limits::{number, position};

/// Entries to be kept, within the limits.
pub(super) struct Append(LogAppend);

const STANDING: &str = "SELECT epoch, owner, newest_entry FROM threads WHERE thread = ?1";

const INSERT: &str = "INSERT INTO stream_log (thread, position, value) VALUES (?1, ?2, ?3)";

/// Forgets what is up to `?3`, and notes that `?2` is the newest.
const TRIM: &str = "
    DELETE FROM stream_log WHERE thread = ?1 AND position <= ?3;
    UPDATE threads SET newest_entry = ?2 WHERE thread = ?1;";

const ENDS: &str = "
    SELECT newest_entry, (SELECT min(position) FROM stream_log WHERE thread = ?1)
    FROM threads WHERE thread = ?1";

const AFTER: &str = "
    SELECT position, value FROM stream_log
    WHERE thread = ?1 AND position > ?2 ORDER BY position LIMIT ?3";

impl Append {
    pub(super) fn new(append: LogAppend) -> Result<Self, CheckpointError> {
        append.check()?;
        Ok(Self(append))
    }

    /// Refuses before the first statement that writes.
    pub(super) async fn apply(
        &self,
        conn: &mut SqliteConnection,
    ) -> Result<LogPosition, WriteError> {
        let Self(append) = self;
        let (fence, thread) = (&append.fence, append.fence.thread.as_str());
        let standing = sqlx::query(STANDING).bind(thread);
        let Some(row) = standing.fetch_optional(&mut *conn).await? else {
            return Err(fenced(fence, 0, None));
        };
        let (epoch, owner): (i64, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
        if owner.is_none() || number(epoch) != fence.epoch.0 {
            return Err(fenced(fence, epoch, owner));
        }
        let mut newest: i64 = row.try_get(2)?;
        if append.entries.is_empty() {
            return Ok(LogPosition(number(newest)));
        }
        let kept = append.kept();
        // No more of them than a limit that is far below any column's.
        newest += (append.entries.len() - kept.len()) as i64;
        for value in kept {
            newest += 1;
            sqlx::query(INSERT)
                .bind(thread)
                .bind(newest)
                .bind(value.as_slice())
                .execute(&mut *conn)
                .await?;
        }
        sqlx::query(TRIM)
            .bind(thread)
            .bind(newest)
            .bind(newest - i64::from(append.keep))
            .execute(conn)
            .await?;
        Ok(LogPosition(number(newest)))
    }
}

impl Reader {
    pub(super) async fn log(&self, page: &LogPage) -> Result<LogSlice, CheckpointError> {
        let slice = self.slice(page).await;
        slice.map_err(|error| self.error(error))
    }

    async fn slice(&self, page: &LogPage) -> Result<LogSlice, sqlx::Error> {
        // One transaction sees one moment: no append comes between its statements.
        let mut tx = self.pool.begin().await?;
        let thread = page.thread.as_str();
        let ends = sqlx::query_as(ENDS).bind(thread);
        let ends: Option<(i64, Option<i64>)> = ends.fetch_optional(&mut *tx).await?;
        let (newest, oldest) = ends.unwrap_or_default();
        let mut slice = LogSlice {
            oldest: LogPosition(oldest.map_or(number(newest) + 1, number)),
            newest: LogPosition(number(newest)),
            entries: Vec::new(),
        };
        let mut room = LogRoom::default();
        let mut rows = sqlx::query(AFTER)
            .bind(thread)
            .bind(position(page.after))
            .bind(i64::from(page.limit))
            .fetch(&mut *tx);
        while let Some(row) = rows.try_next().await? {
            let (position, value): (i64, Vec<u8>) = (row.try_get(0)?, row.try_get(1)?);
            if !room.takes(value.len()) {
                break;
            }
            let position = LogPosition(number(position));
            slice.entries.push(LogEntry { position, value });
        }
        drop(rows);
        tx.rollback().await?;
        Ok(slice)
    }
}
