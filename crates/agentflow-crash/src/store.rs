//! The store of a trial, opened: its threads, and the table beside them whose rows are
//! effects that share a transaction with their record.
//!
//! Redis has no such transaction, and so no such table.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use agentflow_core::BoxError;
use agentflow_core::checkpoint::{CheckpointError, Checkpointer};
use agentflow_redis::{RedisCheckpointer, RedisOptions};
use agentflow_sql::{PostgresCheckpointer, PostgresOptions, SqliteCheckpointer, SqliteOptions};
use rusqlite::params;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::address::{Address, Place};
use crate::journal::Life;
use crate::judge::Row;

/// How long a child waits for a file that another one writes to: longer than any of them
/// is stopped, and than a disk that others keep busy takes.
const BUSY_MAX: Duration = Duration::from_secs(60);

/// No key: a row that is doubled must show.
const COLUMNS: &str = "(life bigint NOT NULL, effect text NOT NULL)";
/// In the order of [`COLUMNS`].
type Columns = (i64, String);

/// A store that is open.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    Sqlite(Arc<SqliteCheckpointer>),
    /// With its schema, which holds the table too.
    Postgres(Arc<PostgresCheckpointer>, String),
    Redis(Arc<RedisCheckpointer>),
}

impl Store {
    /// Opens the store. A file takes no more than `bytes_max`, if that is said; a server
    /// does not limit itself and ignores it.
    pub(crate) async fn open(
        address: &Address,
        bytes_max: Option<u64>,
    ) -> Result<Self, CheckpointError> {
        match address {
            Address::Sqlite(path) => {
                let options = SqliteOptions {
                    busy_timeout: BUSY_MAX,
                    file_bytes_max: bytes_max,
                    ..SqliteOptions::default()
                };
                let store = SqliteCheckpointer::open_with(path, options).await?;
                Ok(Self::Sqlite(Arc::new(store)))
            }
            Address::Postgres(Place { own, url }) => {
                let options = PostgresOptions {
                    schema: own.clone(),
                    ..PostgresOptions::default()
                };
                let store = PostgresCheckpointer::connect_with(&url.0, options).await?;
                store.setup().await?;
                Ok(Self::Postgres(Arc::new(store), own.clone()))
            }
            Address::Redis(Place { own, url }) => {
                let options = RedisOptions {
                    prefix: own.clone(),
                    ..RedisOptions::default()
                };
                let store = RedisCheckpointer::connect_with(&url.0, options).await?;
                Ok(Self::Redis(Arc::new(store)))
            }
        }
    }

    pub(crate) fn checkpointer(&self) -> Arc<dyn Checkpointer> {
        match self {
            Self::Sqlite(store) => store.clone(),
            Self::Postgres(store, _) => store.clone(),
            Self::Redis(store) => store.clone(),
        }
    }
}

/// Makes the table before any child may add to it. The file of SQLite belongs to the
/// store, which takes none that has a table already: there, the first row makes it.
pub(crate) async fn make_table(address: &Address) -> Result<(), sqlx::Error> {
    let Address::Postgres(Place { own, url }) = address else {
        return Ok(());
    };
    let mut conn = PgConnection::connect(&url.0).await?;
    let table = table(own);
    let make = format!("CREATE SCHEMA IF NOT EXISTS \"{own}\"; CREATE TABLE {table} {COLUMNS}");
    sqlx::raw_sql(AssertSqlSafe(make))
        .execute(&mut conn)
        .await?;
    conn.close().await
}

/// Adds a row, in the transaction of its record.
pub(crate) fn add_to_sqlite(
    tx: &rusqlite::Connection,
    life: Life,
    effect: &str,
) -> Result<(), rusqlite::Error> {
    let make = format!("CREATE TABLE IF NOT EXISTS deeds {COLUMNS}");
    tx.execute_batch(&make)?;
    let insert = "INSERT INTO deeds VALUES (?1, ?2)";
    tx.execute(insert, params![i64::from(life), effect])
        .map(drop)
}

/// Adds a row, in the transaction of its record.
pub(crate) async fn add_to_postgres(
    tx: &mut PgConnection,
    schema: &str,
    life: Life,
    effect: &str,
) -> Result<(), sqlx::Error> {
    let insert = format!("INSERT INTO {} VALUES ($1, $2)", table(schema));
    let insert = sqlx::query(AssertSqlSafe(insert));
    let inserted = insert.bind(i64::from(life)).bind(effect).execute(tx);
    inserted.await.map(drop)
}

/// Every row that is there.
pub(crate) async fn rows(address: &Address) -> Result<Vec<Row>, BoxError> {
    let rows = match address {
        Address::Sqlite(path) => sqlite_rows(path)?,
        Address::Postgres(Place { own, url }) => {
            let mut conn = PgConnection::connect(&url.0).await?;
            let select = format!("SELECT life, effect FROM {}", table(own));
            let rows = sqlx::query_as(AssertSqlSafe(select));
            let rows: Vec<Columns> = rows.fetch_all(&mut conn).await?;
            conn.close().await?;
            rows
        }
        Address::Redis(_) => Vec::new(),
    };
    let row = |(life, effect): Columns| Row {
        life: Life::try_from(life).unwrap_or(Life::MAX),
        effect,
    };
    Ok(rows.into_iter().map(row).collect())
}

fn sqlite_rows(path: &Path) -> Result<Vec<Columns>, rusqlite::Error> {
    let conn = rusqlite::Connection::open(path)?;
    if !conn.table_exists(None, "deeds")? {
        return Ok(Vec::new());
    }
    let mut select = conn.prepare("SELECT life, effect FROM deeds")?;
    let rows = select.query_map([], |row| row.try_into())?;
    rows.collect()
}

fn table(schema: &str) -> String {
    format!("\"{schema}\".deeds")
}
