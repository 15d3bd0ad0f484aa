//! Opens a database: the file, its tables, its journal, and what each connection
//! is set to. A file that turns out not to be ours is left as it was.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::error::SqliteError;
use super::options::{SqliteOptions, Synchronous};
use super::schema::Schema;

/// A WAL beyond this is cut back once it has been written to the database, 64 MiB:
/// one huge commit should not keep its size on the disk twice.
const WAL_BYTES_KEPT: i64 = 64 * 1024 * 1024;

/// Statements that a connection keeps prepared: all there are, and some searches.
const STATEMENTS_KEPT: usize = 64;

/// Between two attempts to switch to WAL, the one lock that SQLite does not wait for.
const WAL_RETRY: Duration = Duration::from_millis(5);

/// How to reach one database. All of its calls wait for the disk.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) path: Arc<Path>,
    pub(super) options: SqliteOptions,
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

    /// Creates or migrates the tables of a schema and turns WAL on, then opens the
    /// connection that writes.
    pub(super) fn prepare(&self, schema: &Schema) -> Result<Connection, SqliteError> {
        let mut conn = self.connect(OpenFlags::SQLITE_OPEN_CREATE)?;
        schema.migrate(&mut conn, &self.path)?;
        self.turn_wal_on(&conn)?;
        conn.close().map_err(|(_, error)| self.error(error))?;
        self.connect_writer()
    }

    pub(super) fn connect_writer(&self) -> Result<Connection, SqliteError> {
        let conn = self.connect(OpenFlags::empty())?;
        self.set_up_writer(&conn)
            .map_err(|error| self.error(error))?;
        Ok(conn)
    }

    pub(super) fn connect_reader(&self) -> Result<Connection, SqliteError> {
        let conn = self.connect(OpenFlags::empty())?;
        let only = conn.pragma_update(None, "query_only", true);
        only.map_err(|error| self.error(error))?;
        Ok(conn)
    }

    pub(crate) fn error(&self, error: rusqlite::Error) -> SqliteError {
        SqliteError::of(&self.path, error)
    }

    fn connect(&self, more: OpenFlags) -> Result<Connection, SqliteError> {
        // Each connection is used by one thread at a time, and the path is no URI.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
        let connect = || {
            let conn = Connection::open_with_flags(&self.path, flags)?;
            conn.busy_timeout(self.options.busy_timeout)?;
            conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
            match self.options.synchronous {
                Synchronous::Full => {
                    conn.pragma_update(None, "synchronous", "FULL")?;
                    // On macOS a plain fsync leaves the data in the disk's own cache.
                    conn.pragma_update(None, "fullfsync", true)?;
                }
                Synchronous::Normal => conn.pragma_update(None, "synchronous", "NORMAL")?,
            }
            Ok(conn)
        };
        connect().map_err(|error| self.error(error))
    }

    fn turn_wal_on(&self, conn: &Connection) -> Result<(), SqliteError> {
        let give_up = Instant::now() + self.options.busy_timeout;
        loop {
            let answer = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0));
            let answer: Result<String, _> = answer;
            match answer.map_err(|error| self.error(error)) {
                Ok(mode) if mode == "wal" => return Ok(()),
                Ok(mode) => {
                    return Err(SqliteError::NoWal {
                        path: self.path.to_path_buf(),
                        mode,
                    });
                }
                Err(error) if error.is_retryable() && Instant::now() < give_up => {
                    std::thread::sleep(WAL_RETRY);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn set_up_writer(&self, conn: &Connection) -> Result<(), rusqlite::Error> {
        conn.pragma_update_and_check(None, "journal_size_limit", WAL_BYTES_KEPT, |_| Ok(()))?;
        let Some(bytes_max) = self.options.file_bytes_max else {
            return Ok(());
        };
        let page_bytes: i64 = conn.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = bytes_max / u64::try_from(page_bytes).unwrap_or(u64::MAX).max(1);
        // 0 would be read as a question, and SQLite counts pages in 32 bits.
        let pages = u32::try_from(pages)
            .unwrap_or(u32::MAX)
            .clamp(1, u32::MAX - 1);
        conn.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
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
    #[test]
    fn a_connection_syncs_as_it_was_asked_to() {
        for (synchronous, want) in [(Synchronous::Full, 2), (Synchronous::Normal, 1)] {
            let folder = tempfile::tempdir().unwrap();
            let options = SqliteOptions {
                synchronous,
                ..SqliteOptions::default()
            };
            let database = Database::new(&folder.path().join("x.db"), options).unwrap();
            let conn = database.connect(OpenFlags::SQLITE_OPEN_CREATE).unwrap();
            let level: i64 = conn
                .pragma_query_value(None, "synchronous", |row| row.get(0))
                .unwrap();
            assert_eq!(level, want, "{synchronous:?}");
        }
    }
}
