//! The versions of tables, and the way from each to the newest. A database knows whose
//! it is (`application_id`); it may hold the tables of several schemas, each of which
//! knows its own version.

use std::path::Path;

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::error::SqliteError;

/// Marks a database as ours: `agfl` in ASCII.
const APPLICATION_ID: i64 = 0x6167_666c;

/// The tables of the checkpointer.
pub(super) const CHECKPOINTS: Schema = Schema {
    migrations: &[
        include_str!("../../migrations/sqlite/0001_checkpoints.sql"),
        include_str!("../../migrations/sqlite/0002_events.sql"),
        include_str!("../../migrations/sqlite/0003_stream_log.sql"),
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
    pub(super) async fn migrate(
        &self,
        conn: &mut SqliteConnection,
        path: &Path,
    ) -> Result<(), SqliteError> {
        // Without a lock: to open a database that is up to date waits for no writer.
        if self.version(conn, path).await? == self.known() {
            return Ok(());
        }
        let outcome = async {
            run(conn, path, "BEGIN IMMEDIATE").await?;
            self.migrate_in_transaction(conn, path).await?;
            run(conn, path, "COMMIT").await
        }
        .await;
        if outcome.is_err() {
            // The caller gives the connection up, which ends the transaction as well.
            let _ = run(conn, path, "ROLLBACK").await;
        }
        outcome
    }

    async fn migrate_in_transaction(
        &self,
        conn: &mut SqliteConnection,
        path: &Path,
    ) -> Result<(), SqliteError> {
        let (found, known) = (self.version(conn, path).await?, self.known());
        let missing = usize::try_from(found).ok();
        let Some(missing) = missing.and_then(|found| self.migrations.get(found..)) else {
            return Err(SqliteError::NewerSchema {
                path: path.to_owned(),
                found,
                known,
            });
        };
        if missing.is_empty() {
            return Ok(());
        }
        for &migration in missing {
            run(conn, path, migration).await?;
        }
        let stamp = match self.version_at {
            VersionAt::UserVersion => format!("PRAGMA user_version = {known}"),
            VersionAt::Table(table) => format!("UPDATE {table} SET version = {known}"),
        };
        let stamp = format!("PRAGMA application_id = {APPLICATION_ID}; {stamp}");
        run(conn, path, AssertSqlSafe(stamp)).await?;
        tracing::info!(path = %path.display(), from = found, to = known, "database migrated");
        Ok(())
    }

    /// The schema's version, 0 for a database without its tables.
    async fn version(&self, conn: &mut SqliteConnection, path: &Path) -> Result<i64, SqliteError> {
        let failed = |error| SqliteError::of(path, error);
        let table = match self.version_at {
            VersionAt::UserVersion => "",
            VersionAt::Table(table) => table,
        };
        let row = sqlx::query(
            "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema),
                 EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)
             FROM pragma_application_id, pragma_user_version",
        );
        let row = row.bind(table).fetch_one(&mut *conn).await;
        let row = row.map_err(failed)?;
        let owner: i64 = row.try_get(0).map_err(failed)?;
        let version: i64 = row.try_get(1).map_err(failed)?;
        let tables: i64 = row.try_get(2).map_err(failed)?;
        let has_table: bool = row.try_get(3).map_err(failed)?;
        match (owner, self.version_at) {
            (APPLICATION_ID, VersionAt::UserVersion) => Ok(version),
            (APPLICATION_ID, VersionAt::Table(table)) if has_table => {
                let version = AssertSqlSafe(format!("SELECT version FROM {table}"));
                let version = sqlx::query_scalar(version).fetch_one(conn).await;
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

async fn run(
    conn: &mut SqliteConnection,
    path: &Path,
    sql: impl sqlx::SqlSafeStr,
) -> Result<(), SqliteError> {
    let done = sqlx::raw_sql(sql).execute(conn).await;
    done.map(drop).map_err(|error| SqliteError::of(path, error))
}
