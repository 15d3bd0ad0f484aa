//! Keeps what runs have emitted, for readers that come back.

use agentflow_core::checkpoint::{
    CheckpointError, LogAppend, LogEntry, LogPage, LogPosition, LogRoom, LogSlice,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::failure::Failure;
use super::fence::fenced;
use crate::limits::{number, position};

/// Entries to be kept, within the limits.
pub(super) struct Append(LogAppend);

const STANDING: &str = "SELECT epoch, owner, newest_entry FROM threads WHERE thread = ?1";

const INSERT: &str = "INSERT INTO stream_log (thread, position, value) VALUES (?1, ?2, ?3)";

const TRIM: &str = "DELETE FROM stream_log WHERE thread = ?1 AND position <= ?2";

const SET_NEWEST: &str = "UPDATE threads SET newest_entry = ?2 WHERE thread = ?1";

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
    pub(super) fn apply(&self, conn: &Connection) -> Result<LogPosition, Failure> {
        let Self(append) = self;
        let (fence, thread) = (&append.fence, append.fence.thread.as_str());
        let stands: Option<(i64, Option<String>, i64)> = conn
            .prepare_cached(STANDING)?
            .query_row([thread], |row| row.try_into())
            .optional()?;
        let Some((epoch, owner, mut newest)) = stands else {
            return Err(fenced(fence, 0, None));
        };
        if owner.is_none() || number(epoch) != fence.epoch.0 {
            return Err(fenced(fence, epoch, owner));
        }
        if append.entries.is_empty() {
            return Ok(LogPosition(number(newest)));
        }
        let kept = append.kept();
        // No more of them than a limit that is far below any column's.
        newest += (append.entries.len() - kept.len()) as i64;
        let mut insert = conn.prepare_cached(INSERT)?;
        for value in kept {
            newest += 1;
            insert.execute(params![thread, newest, value])?;
        }
        let trimmed = newest - i64::from(append.keep);
        conn.prepare_cached(TRIM)?
            .execute(params![thread, trimmed])?;
        conn.prepare_cached(SET_NEWEST)?
            .execute(params![thread, newest])?;
        Ok(LogPosition(number(newest)))
    }
}

pub(super) fn slice(conn: &Connection, page: &LogPage) -> Result<LogSlice, Failure> {
    let thread = page.thread.as_str();
    let ends: Option<(i64, Option<i64>)> = conn
        .prepare_cached(ENDS)?
        .query_row([thread], |row| row.try_into())
        .optional()?;
    let (newest, oldest) = ends.unwrap_or_default();
    let mut slice = LogSlice {
        oldest: LogPosition(oldest.map_or(number(newest) + 1, number)),
        newest: LogPosition(number(newest)),
        entries: Vec::new(),
    };
    let mut room = LogRoom::default();
    let mut statement = conn.prepare_cached(AFTER)?;
    let mut rows = statement.query(params![thread, position(page.after), page.limit])?;
    while let Some(row) = rows.next()? {
        let value: Vec<u8> = row.get(1)?;
        if !room.takes(value.len()) {
            break;
        }
        let position = LogPosition(number(row.get(0)?));
        slice.entries.push(LogEntry { position, value });
    }
    Ok(slice)
}
