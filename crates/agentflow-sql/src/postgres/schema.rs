//! The versions of the tables, and the way from each to the newest.
//!
//! A migration says from which version on a build may use what it leaves behind: one that
//! only adds does not lock out the builds before it, so that workers can be replaced one
//! after the other. A function whose parameters change gets a new name.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use super::connections::Connections;
use super::error::PostgresError;

/// Tables that are migrated together.
pub(crate) struct Tables {
    /// Migration `n` leads from version `n` to version `n + 1`. Only ever appended to.
    pub(crate) migrations: &'static [Migration],
    /// The table that holds their version, in one row.
    pub(crate) version_table: &'static str,
}

pub(crate) struct Migration {
    pub(crate) sql: &'static str,
    /// The oldest version that a build may know and still use the tables after it.
    pub(crate) usable_from: i64,
}

/// The tables of the checkpointer.
pub(super) const CHECKPOINTS: Tables = Tables {
    migrations: &[
        Migration {
            sql: include_str!("../../migrations/postgres/0001_checkpoints.sql"),
            usable_from: 1,
        },
        Migration {
            sql: include_str!("../../migrations/postgres/0002_stream_log.sql"),
            usable_from: 1,
        },
        Migration {
            sql: include_str!("../../migrations/postgres/0003_one_row.sql"),
            usable_from: 3,
        },
    ],
    version_table: "schema_version",
};

/// Two stores that are set up at the same moment do it one after the other, in whichever
/// schema: `agentflo` in ASCII.
pub(crate) const SETUP_LOCK: i64 = 0x6167_656e_7466_6c6f;

/// Asks the tables of the catalogue: the server's cache of names, behind `to_regclass`, may
/// be older than the lock.
const IS_SET_UP: &str = "
    SELECT EXISTS (
        SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = $2)";

impl Tables {
    /// The newest version that this build knows.
    fn known(&self) -> i64 {
        self.migrations.len() as i64
    }
}

/// What a schema is found to be.
struct Found {
    version: i64,
    usable_from: i64,
}

/// Creates the schema and its tables, or brings them to the newest version, in one
/// transaction: a crash leaves the old version.
pub(crate) async fn set_up(
    connections: &Connections,
    tables: &Tables,
) -> Result<(), PostgresError> {
    let mut held = connections.hold().await?;
    let outcome = migrate(connections, tables, &mut held.conn).await;
    let outcome = match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(refused)) => return Err(refused),
        Err(error) => Err(error),
    };
    held.give_back(outcome)
}

async fn migrate(
    connections: &Connections,
    tables: &Tables,
    conn: &mut PgConnection,
) -> Result<Result<(), PostgresError>, sqlx::Error> {
    let mut tx = conn.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(SETUP_LOCK)
        .execute(&mut *tx)
        .await?;
    let found = found(connections, tables, &mut tx).await?;
    if let Err(refused) = check_known(connections, tables, found.as_ref()) {
        return Ok(Err(refused));
    }
    let version = found.map_or(0, |found| found.version);
    let missing = usize::try_from(version)
        .ok()
        .and_then(|version| tables.migrations.get(version..));
    let missing = missing.unwrap_or_default();
    if missing.is_empty() {
        tx.rollback().await?;
        return Ok(Ok(()));
    }
    if version == 0 {
        // In lower case it is the statement's own word, and no name.
        let table = tables.version_table;
        let begin = connections.place.sql(&format!(
            "CREATE schema IF NOT EXISTS SCHEMA;
             CREATE TABLE SCHEMA.{table} (
                 version bigint NOT NULL, usable_from bigint NOT NULL);
             INSERT INTO SCHEMA.{table} VALUES (0, 0);",
        ));
        sqlx::raw_sql(AssertSqlSafe(begin))
            .execute(&mut *tx)
            .await?;
    }
    for migration in missing {
        let sql = AssertSqlSafe(connections.place.sql(migration.sql));
        sqlx::raw_sql(sql).execute(&mut *tx).await?;
    }
    let usable_from = missing.iter().map(|migration| migration.usable_from).max();
    let stamp = connections.place.sql(&format!(
        "UPDATE SCHEMA.{} SET version = $1, usable_from = greatest(usable_from, $2)",
        tables.version_table
    ));
    let known = tables.known();
    sqlx::query(AssertSqlSafe(stamp))
        .bind(known)
        .bind(usable_from)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    tracing::info!(place = %connections.place, from = version, to = known, "schema migrated");
    Ok(Ok(()))
}

/// Refuses a schema that a newer build has changed beyond what this one knows. One that
/// is not there yet, or is older, can be set up.
pub(crate) async fn check(connections: &Connections, tables: &Tables) -> Result<(), PostgresError> {
    let mut held = connections.hold().await?;
    let found = found(connections, tables, &mut held.conn).await;
    let found = held.give_back(found);
    let found = found.map_err(|error| others(connections, error))?;
    check_known(connections, tables, found.as_ref())
}

fn check_known(
    connections: &Connections,
    tables: &Tables,
    found: Option<&Found>,
) -> Result<(), PostgresError> {
    let known = tables.known();
    match found {
        Some(found) if found.version > known && found.usable_from > known => {
            Err(PostgresError::NewerSchema {
                server: connections.place.server.clone(),
                schema: connections.place.schema.clone(),
                found: found.version,
                known,
            })
        }
        _ => Ok(()),
    }
}

/// Nothing where the schema was never set up.
async fn found(
    connections: &Connections,
    tables: &Tables,
    conn: &mut PgConnection,
) -> Result<Option<Found>, sqlx::Error> {
    let is_there: bool = sqlx::query_scalar(IS_SET_UP)
        .bind(&*connections.place.schema)
        .bind(tables.version_table)
        .fetch_one(&mut *conn)
        .await?;
    if !is_there {
        return Ok(None);
    }
    let sql = format!(
        "SELECT version, usable_from FROM SCHEMA.{}",
        tables.version_table
    );
    let sql = AssertSqlSafe(connections.place.sql(&sql));
    let row = sqlx::query(sql).fetch_one(conn).await?;
    Ok(Some(Found {
        version: row.try_get(0)?,
        usable_from: row.try_get(1)?,
    }))
}

/// A table of versions that has not our columns, or no row, is another program's.
fn others(connections: &Connections, error: PostgresError) -> PostgresError {
    match error {
        PostgresError::NotSetUp { source, .. } | PostgresError::Refused { source, .. } => {
            PostgresError::OtherSchema {
                server: connections.place.server.clone(),
                schema: connections.place.schema.clone(),
                source,
            }
        }
        error => error,
    }
}
