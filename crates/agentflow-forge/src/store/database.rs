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

/// A text that cannot be guessed: SQLite's randomness comes from a stream cipher seeded by the
/// system.
pub(crate) async fn random_secret(conn: &mut SqliteConnection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("SELECT lower(hex(randomblob(20)))")
        .fetch_one(conn)
        .await
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::store::{accounts, issues, repositories};

    #[tokio::test]
    async fn records_of_the_first_format_are_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("forge.sqlite");
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true);
        let old = SqlitePoolOptions::new()
            .connect_with(options)
            .await
            .unwrap();
        for sql in [
            include_str!("schema.sql"),
            "PRAGMA user_version = 1",
            "INSERT INTO users VALUES (1, 'octo', '2026-01-01T00:00:00Z')",
            "INSERT INTO repositories VALUES (1, 1, 'demo', 'main', 1, 1, '', '')",
            "INSERT INTO issues (repo_id, number, title, is_pull, author_id, created_at, updated_at) \
             VALUES (1, 1, 'Old', 0, 1, '', '')",
        ] {
            sqlx::raw_sql(sql).execute(&old).await.unwrap();
        }
        old.close().await;
        // Opened twice: the step is taken once.
        for _ in 0..2 {
            let database = Database::open(&file).await.unwrap();
            let mut conn = database.read().await.unwrap();
            let repo = repositories::find(&mut conn, "octo", "demo").await.unwrap();
            let repo = repo.unwrap();
            assert_eq!(repo.description, None);
            let issue = issues::find(&mut conn, repo.id, 1).await.unwrap().unwrap();
            assert_eq!((issue.title.as_str(), issue.is_locked), ("Old", false));
            assert!(issue.assignees.is_empty());
            let octo = accounts::user(&mut conn, "octo").await.unwrap();
            assert_eq!(octo, Some(repo.owner));
            drop(conn);
            database.close().await;
        }
    }
}
