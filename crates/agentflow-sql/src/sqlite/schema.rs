//! The versions of the tables, and the way from each to the newest. A database
//! knows its version (`user_version`) and whose it is (`application_id`).

use std::path::Path;

use sqlx::{Row, SqliteConnection};

use super::error::SqliteError;

/// Marks a database as ours: `agfl` in ASCII.
const APPLICATION_ID: i64 = 0x6167_666c;

/// Migration `n` leads from schema `n` to schema `n + 1`. Only ever appended to.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../migrations/sqlite/0001_checkpoints.sql"),
    include_str!("../../migrations/sqlite/0002_events.sql"),
];

const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Brings the tables to the newest version, in one transaction: several processes
/// may open a fresh database at once, and a crash leaves the old version.
pub(super) async fn migrate(conn: &mut SqliteConnection, path: &Path) -> Result<(), SqliteError> {
    // Without a lock: to open a database that is up to date waits for no writer.
    if version(conn, path).await? == KNOWN {
        return Ok(());
    }
    let outcome = async {
        run(conn, path, "BEGIN IMMEDIATE").await?;
        migrate_in_transaction(conn, path).await?;
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
    conn: &mut SqliteConnection,
    path: &Path,
) -> Result<(), SqliteError> {
    let found = version(conn, path).await?;
    let Some(missing) = usize::try_from(found)
        .ok()
        .and_then(|found| MIGRATIONS.get(found..))
    else {
        return Err(SqliteError::NewerSchema {
            path: path.to_owned(),
            found,
            known: KNOWN,
        });
    };
    if missing.is_empty() {
        return Ok(());
    }
    for &migration in missing {
        run(conn, path, migration).await?;
    }
    let stamp = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {KNOWN}");
    run(conn, path, sqlx::AssertSqlSafe(stamp)).await?;
    tracing::info!(path = %path.display(), from = found, to = KNOWN, "database migrated");
    Ok(())
}

/// The schema's version, 0 for an empty database.
async fn version(conn: &mut SqliteConnection, path: &Path) -> Result<i64, SqliteError> {
    let row = sqlx::query(
        "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
         FROM pragma_application_id, pragma_user_version",
    )
    .fetch_one(conn)
    .await;
    let failed = |error| SqliteError::of(path, error);
    let row = row.map_err(failed)?;
    let owner: i64 = row.try_get(0).map_err(failed)?;
    let version: i64 = row.try_get(1).map_err(failed)?;
    let tables: i64 = row.try_get(2).map_err(failed)?;
    match (owner, version, tables) {
        (APPLICATION_ID, version, _) => Ok(version),
        (0, 0, 0) => Ok(0),
        _ => Err(SqliteError::OtherDatabase {
            path: path.to_owned(),
        }),
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
