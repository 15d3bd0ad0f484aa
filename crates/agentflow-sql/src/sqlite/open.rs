//! Opens a database: the file, its tables, its journal, and what each connection
//! is set to. A file that turns out not to be ours is left as it was.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};
use tokio::time::Instant;

use super::error::SqliteError;
use super::options::{SqliteOptions, Synchronous};
use super::schema::Schema;

/// A WAL beyond this is cut back once it has been written to the database, 64 MiB:
/// one huge commit should not keep its size on the disk twice.
const WAL_BYTES_KEPT: u64 = 64 * 1024 * 1024;

/// Statements that a connection keeps prepared. A commit has two forms, for the root
/// and for graphs inside, for each number of changed fields up to 64.
const STATEMENTS_KEPT: usize = 160;

/// Between two attempts to switch to WAL, the one lock that SQLite does not wait for.
const WAL_RETRY: Duration = Duration::from_millis(5);

/// How to reach one database.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) path: Arc<Path>,
    options: SqliteOptions,
}

impl Database {
    pub(crate) fn new(path: &Path, options: SqliteOptions) -> Result<Self, SqliteError> {
        // Absolute: neither `:memory:` nor a later change of folder has a meaning here.
        let path = std::path::absolute(path).map_err(|error| SqliteError::CannotOpen {
            path: path.to_owned(),
            source: Arc::new(error),
        })?;
        let folder = path.parent().map_or_else(|| path.clone(), Path::to_owned);
        if !folder.is_dir() {
            return Err(SqliteError::FolderMissing { folder });
        }
        Ok(Self {
            path: PathBuf::into_boxed_path(path).into(),
            options,
        })
    }

    /// Creates or migrates the tables of a schema and turns WAL on, then opens the writer.
    pub(crate) async fn prepare(&self, schema: &Schema) -> Result<SqliteConnection, SqliteError> {
        let plain = self.base().create_if_missing(true);
        let mut conn = plain.connect().await.map_err(|error| self.error(error))?;
        schema.migrate(&mut conn, &self.path).await?;
        self.turn_wal_on(&mut conn).await?;
        conn.close().await.map_err(|error| self.error(error))?;
        self.connect_writer().await
    }

    pub(crate) async fn connect_writer(&self) -> Result<SqliteConnection, SqliteError> {
        let options = self
            .base()
            .pragma("journal_size_limit", WAL_BYTES_KEPT.to_string());
        let mut conn = options.connect().await.map_err(|error| self.error(error))?;
        if let Some(bytes_max) = self.options.file_bytes_max {
            self.limit_file(&mut conn, bytes_max)
                .await
                .map_err(|error| self.error(error))?;
        }
        Ok(conn)
    }

    /// Connections that only read, opened when they are needed.
    pub(crate) fn readers(&self) -> SqlitePool {
        let pool = SqlitePoolOptions::new()
            .max_connections(self.options.readers_max.max(1))
            .acquire_timeout(self.options.busy_timeout.max(Duration::from_secs(1)))
            .test_before_acquire(false);
        pool.connect_lazy_with(self.base().pragma("query_only", "ON"))
    }

    pub(crate) fn error(&self, error: sqlx::Error) -> SqliteError {
        SqliteError::of(&self.path, error)
    }

    fn base(&self) -> SqliteConnectOptions {
        let options = SqliteConnectOptions::new()
            .filename(&self.path)
            .busy_timeout(self.options.busy_timeout)
            .statement_cache_capacity(STATEMENTS_KEPT)
            .disable_statement_logging();
        match self.options.synchronous {
            // On macOS a plain fsync leaves the data in the disk's own cache.
            Synchronous::Full => options
                .synchronous(SqliteSynchronous::Full)
                .pragma("fullfsync", "ON"),
            Synchronous::Normal => options.synchronous(SqliteSynchronous::Normal),
        }
    }

    async fn turn_wal_on(&self, conn: &mut SqliteConnection) -> Result<(), SqliteError> {
        let give_up = Instant::now() + self.options.busy_timeout;
        loop {
            let answer = sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *conn);
            let answer: Result<String, _> = answer.await;
            match answer.map_err(|error| self.error(error)) {
                Ok(mode) if mode == "wal" => return Ok(()),
                Ok(mode) => {
                    return Err(SqliteError::NoWal {
                        path: self.path.to_path_buf(),
                        mode,
                    });
                }
                Err(error) if error.is_retryable() && Instant::now() < give_up => {
                    tokio::time::sleep(WAL_RETRY).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn limit_file(
        &self,
        conn: &mut SqliteConnection,
        bytes_max: u64,
    ) -> Result<(), sqlx::Error> {
        let page_bytes: i64 = sqlx::query_scalar("PRAGMA page_size")
            .fetch_one(&mut *conn)
            .await?;
        let pages = bytes_max / u64::try_from(page_bytes).unwrap_or(u64::MAX).max(1);
        // 0 would be read as a question, and SQLite counts pages in 32 bits.
        let pages = pages.clamp(1, u64::from(u32::MAX) - 1);
        let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        sqlx::query(limit).execute(conn).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn every_path_is_that_of_a_file() {
        let here = std::env::current_dir().unwrap();
        for name in ["threads.db", ":memory:", "file:threads.db?mode=memory"] {
            let database = Database::new(Path::new(name), SqliteOptions::default()).unwrap();
            assert_eq!(*database.path, *here.join(name));
        }
    }
}
