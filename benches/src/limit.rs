//! What the machine itself can do, beside what a store does on it: bare commits of one row
//! on SQLite and Postgres, bare round trips to Redis.

use std::path::PathBuf;
use std::time::Instant;

use agentflow_sql::Synchronous;
use sqlx::{Connection, PgConnection};

use crate::cases::Failure;

/// Commits or round trips, one after another on one connection.
pub(crate) enum Limit {
    Sqlite {
        connection: rusqlite::Connection,
        file: PathBuf,
        row: Vec<u8>,
    },
    Postgres {
        connection: PgConnection,
        row: Vec<u8>,
    },
    Redis(redis::aio::MultiplexedConnection),
}

impl Limit {
    /// Rows of `bytes` go to a file of their own, synced as the store's is.
    pub(crate) fn of_sqlite(
        file: PathBuf,
        synchronous: Synchronous,
        bytes: usize,
    ) -> Result<Self, Failure> {
        let synchronous = match synchronous {
            Synchronous::Full => "FULL",
            _ => "NORMAL",
        };
        let connection = rusqlite::Connection::open(&file)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, value BLOB)",
        )?;
        let row = row(bytes);
        Ok(Self::Sqlite {
            connection,
            file,
            row,
        })
    }

    /// Rows of `bytes` go to a table of their own.
    pub(crate) async fn of_postgres(url: &str, bytes: usize) -> Result<Self, Failure> {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::query("CREATE TABLE IF NOT EXISTS bare (id BIGSERIAL PRIMARY KEY, value BYTEA)")
            .execute(&mut connection)
            .await?;
        let row = row(bytes);
        Ok(Self::Postgres { connection, row })
    }

    pub(crate) async fn of_redis(url: &str) -> Result<Self, Failure> {
        let client = redis::Client::open(url)?;
        Ok(Self::Redis(
            client.get_multiplexed_async_connection().await?,
        ))
    }

    /// How many there are in a second, by `count` of them.
    pub(crate) async fn per_second(&mut self, count: u64) -> Result<f64, Failure> {
        let began = Instant::now();
        for _ in 0..count {
            self.once().await?;
        }
        Ok(count as f64 / began.elapsed().as_secs_f64())
    }

    /// Takes back what it has left, so that only the store's own bytes are found there.
    pub(crate) async fn clear(self) -> Result<(), Failure> {
        match self {
            Self::Sqlite {
                connection, file, ..
            } => {
                // The last connection takes the log away with it.
                connection.close().map_err(|(_, error)| error)?;
                std::fs::remove_file(file)?;
            }
            Self::Postgres { mut connection, .. } => {
                let drop = sqlx::query("DROP TABLE bare");
                drop.execute(&mut connection).await?;
                connection.close().await?;
            }
            Self::Redis(_) => {}
        }
        Ok(())
    }

    async fn once(&mut self) -> Result<(), Failure> {
        match self {
            Self::Sqlite {
                connection, row, ..
            } => {
                let mut insert =
                    connection.prepare_cached("INSERT INTO bare (value) VALUES (?)")?;
                insert.execute([&row[..]])?;
            }
            Self::Postgres { connection, row } => {
                let insert = sqlx::query("INSERT INTO bare (value) VALUES ($1)");
                insert.bind(&row[..]).execute(connection).await?;
            }
            Self::Redis(connection) => {
                redis::cmd("PING").query_async::<()>(connection).await?;
            }
        }
        Ok(())
    }
}

/// Bytes that no store can compress.
fn row(bytes: usize) -> Vec<u8> {
    let mut row = Vec::with_capacity(bytes);
    let mut place = 0;
    while row.len() < bytes {
        row.extend(crate::content::content(place).into_bytes());
        place += 1;
    }
    row.truncate(bytes);
    row
}
