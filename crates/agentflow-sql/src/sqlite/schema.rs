//! The versions of tables, and the way from each to the newest. A database knows whose
//! it is (`application_id`); it may hold the tables of several schemas, each of which
//! knows its own version.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::error::SqliteError;

/// Marks a database as ours: `agfl` in ASCII.
const APPLICATION_ID: i64 = 0x6167_666c;

/// The tables of the checkpointer.
pub(super) const CHECKPOINTS: Schema = Schema {
    migrations: &[
        include_str!("../../migrations/sqlite/0001_checkpoints.sql"),
        include_str!("../../migrations/sqlite/0002_events.sql"),
        include_str!("../../migrations/sqlite/0003_stream_log.sql"),
        include_str!("../../migrations/sqlite/0004_one_row.sql"),
    ],
    version_at: VersionAt::UserVersion,
};

/// Tables that are migrated together.
pub(crate) struct Schema {
    /// Migration `n` leads from version `n` to version `n + 1`. Only ever appended to.
    pub(crate) migrations: &'static [&'static str],
    pub(crate) version_at: VersionAt,
}

/// Where a database keeps the version of a schema.
#[derive(Clone, Copy)]
pub(crate) enum VersionAt {
    /// In the one number that SQLite has for it.
    UserVersion,
    /// In the field `version` of the one row of this table, which the first migration
    /// makes.
    Table(&'static str),
}

impl Schema {
    fn known(&self) -> i64 {
        i64::try_from(self.migrations.len()).unwrap_or(i64::MAX)
    }

    /// Brings the tables to the newest version, in one transaction: several processes
    /// may open a fresh database at once, and a crash leaves the old version.
    pub(super) fn migrate(&self, conn: &mut Connection, path: &Path) -> Result<(), SqliteError> {
        let failed = |error| SqliteError::of(path, error);
        // Without a lock: to open a database that is up to date waits for no writer.
        if self.version(conn, path)? == self.known() {
            return Ok(());
        }
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate);
        let tx = tx.map_err(failed)?;
        let (found, known) = (self.version(&tx, path)?, self.known());
        let missing = usize::try_from(found).ok();
        let Some(missing) = missing.and_then(|found| self.migrations.get(found..)) else {
            return Err(SqliteError::NewerSchema {
                path: path.to_owned(),
                found,
                known,
            });
        };
        // Another process may have come first.
        if missing.is_empty() {
            return Ok(());
        }
        for &migration in missing {
            tx.execute_batch(migration).map_err(failed)?;
        }
        self.stamp(&tx).map_err(failed)?;
        tx.commit().map_err(failed)?;
        tracing::info!(path = %path.display(), from = found, to = known, "database migrated");
        Ok(())
    }

    fn stamp(&self, conn: &Connection) -> Result<(), rusqlite::Error> {
        conn.pragma_update(None, "application_id", APPLICATION_ID)?;
        match self.version_at {
            VersionAt::UserVersion => conn.pragma_update(None, "user_version", self.known()),
            VersionAt::Table(table) => {
                let stamp = format!("UPDATE {table} SET version = ?1");
                conn.execute(&stamp, [self.known()]).map(drop)
            }
        }
    }

    /// The schema's version, 0 for a database without its tables.
    fn version(&self, conn: &Connection, path: &Path) -> Result<i64, SqliteError> {
        let failed = |error| SqliteError::of(path, error);
        let table = match self.version_at {
            VersionAt::UserVersion => "",
            VersionAt::Table(table) => table,
        };
        let found = conn.query_row(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema),
                 EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)
             FROM pragma_application_id, pragma_user_version",
            [table],
            |row| <(i64, i64, i64, bool)>::try_from(row),
        );
        let (owner, version, tables, has_table) = found.map_err(failed)?;
        match (owner, self.version_at) {
            (APPLICATION_ID, VersionAt::UserVersion) => Ok(version),
            (APPLICATION_ID, VersionAt::Table(table)) if has_table => {
                let version = format!("SELECT version FROM {table}");
                let version = conn.query_row(&version, [], |row| row.get(0));
                version.map_err(failed)
            }
            (APPLICATION_ID, VersionAt::Table(_)) => Ok(0),
            (0, _) if (version, tables) == (0, 0) => Ok(0),
            _ => Err(SqliteError::OtherDatabase {
                path: path.to_owned(),
            }),
        }
    }
}
