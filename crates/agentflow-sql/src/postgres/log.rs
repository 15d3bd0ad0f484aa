//! Keeps what runs have emitted, for readers that come back. An append is one round trip,
//! and so is a page.

use agentflow_core::checkpoint::{
    CheckpointError, LOG_PAGE_BYTES_MAX, LogAppend, LogEntry, LogPage, LogPosition, LogSlice,
};
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;

use super::checkpointer::PostgresCheckpointer;
use super::error::PostgresError;
use crate::limits::{absent, number, position};

const APPEND: &str = "SELECT SCHEMA.append_log($1, $2, $3, $4, $5)";

const READ: &str = "SELECT oldest, newest, at, content FROM SCHEMA.read_log($1, $2, $3, $4)";

impl PostgresCheckpointer {
    pub(super) async fn append(&self, append: &LogAppend) -> Result<LogPosition, CheckpointError> {
        append.check()?;
        let kept: Vec<&[u8]> = append.kept().iter().map(Vec::as_slice).collect();
        let sql = self.sql(APPEND);
        let statement = sqlx::query(AssertSqlSafe(sql))
            .bind(append.fence.thread.as_str().as_bytes())
            .bind(absent(append.fence.epoch.0))
            .bind(absent(append.entries.len() as u64))
            .bind(kept)
            .bind(i64::from(append.keep));
        let row = self.connections.row(statement).await?;
        match self.get::<Option<i64>>(&row, 0)? {
            Some(newest) => Ok(LogPosition(number(newest))),
            None => Err(self.fenced(&append.fence).await),
        }
    }

    pub(super) async fn log_after(&self, page: &LogPage) -> Result<LogSlice, CheckpointError> {
        let sql = self.sql(READ);
        let statement = sqlx::query(AssertSqlSafe(sql))
            .bind(page.thread.as_str().as_bytes())
            .bind(position(page.after))
            .bind(i64::from(page.limit))
            .bind(i64::try_from(LOG_PAGE_BYTES_MAX).unwrap_or(i64::MAX));
        let rows = self.connections.rows(statement).await?;
        let [ends, rows @ ..] = rows.as_slice() else {
            unreachable!("the function returns a row in any case");
        };
        let entries = rows.iter().map(|row| {
            Ok(LogEntry {
                position: self.position(row, 2)?,
                value: self.get(row, 3)?,
            })
        });
        Ok(LogSlice {
            oldest: self.position(ends, 0)?,
            newest: self.position(ends, 1)?,
            entries: entries.collect::<Result<_, PostgresError>>()?,
        })
    }

    fn position(&self, row: &PgRow, at: usize) -> Result<LogPosition, PostgresError> {
        Ok(LogPosition(number(self.get(row, at)?)))
    }
}
