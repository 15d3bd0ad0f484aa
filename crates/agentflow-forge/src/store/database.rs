//! Opens the file and its format, and begins transactions.
//!
//! Every write transaction is `BEGIN IMMEDIATE`: writers queue at the start instead of failing
//! half way. Commits reach the disk before they are acknowledged.

use std::path::Path;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::formats::{self, FORMAT};
use crate::acting;
use crate::error::ForgeError;

/// Readers at once; writers queue for one another anyway.
const CONNECTIONS_MAX: u32 = 8;
/// Longest wait for another writer.
const BUSY_TIME_MAX: Duration = Duration::from_secs(30);

type WriteTransaction = Transaction<'static, Sqlite>;

#[derive(Clone, Debug)]
pub(crate) struct Database {
    pool: SqlitePool,
}

impl Database {
    pub(crate) async fn open(file: &Path) -> Result<Self, ForgeError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // What is deleted may have been a secret.
            .pragma("secure_delete", "ON")
            .busy_timeout(BUSY_TIME_MAX);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .connect_with(options)
            .await?;
        let database = Self { pool };
        database.create_or_check().await?;
        Ok(database)
    }

    pub(crate) async fn read(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.pool.acquire().await
    }

    /// A transaction that says on whose behalf it writes.
    pub(crate) async fn write(&self) -> Result<WriteTransaction, sqlx::Error> {
        let mut tx = self.begin().await?;
        // Most transactions change neither, and then write nothing.
        sqlx::query("UPDATE acting SET user_id = ?1 WHERE user_id IS NOT ?1")
            .bind(acting::current())
            .execute(&mut *tx)
            .await?;
        sqlx::query("UPDATE outbox SET is_fresh = 0 WHERE is_fresh = 1")
            .execute(&mut *tx)
            .await?;
        Ok(tx)
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    async fn begin(&self) -> Result<WriteTransaction, sqlx::Error> {
        self.pool.begin_with("BEGIN IMMEDIATE").await
    }

    async fn create_or_check(&self) -> Result<(), ForgeError> {
        let mut tx = self.begin().await?;
        let found: i64 = sqlx::query_scalar("PRAGMA user_version")
            .fetch_one(&mut *tx)
            .await?;
        if found > FORMAT {
            return Err(ForgeError::TooNew {
                found,
                known: FORMAT,
            });
        }
        for format in found..FORMAT {
            formats::step(&mut tx, format).await?;
        }
        let mark = format!("PRAGMA user_version = {FORMAT}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(mark))
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// A value the forge remembers about itself.
pub(crate) async fn setting(
    conn: &mut SqliteConnection,
    key: &str,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT value FROM settings WHERE key = ?")
        .bind(key)
        .fetch_optional(conn)
        .await
}

pub(crate) async fn set_setting(
    conn: &mut SqliteConnection,
    key: &str,
    value: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )
    .bind(key)
    .bind(value)
    .execute(conn)
    .await?;
    Ok(())
}
