//! SQLite: each way to make writes durable.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use agentflow_sql::{SqliteCheckpointer, SqliteOptions, Synchronous};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::work::{ROUNDS, Rates, VALUE_BYTES, WINDOW, commits, loads, print};

pub(crate) async fn measure() {
    for (name, ours, theirs) in [
        ("FULL", Synchronous::Full, SqliteSynchronous::Full),
        ("NORMAL", Synchronous::Normal, SqliteSynchronous::Normal),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut bare = bare_database(&folder.path().join("bare.db"), theirs).await;
        let store = Arc::new(open(&folder.path().join("threads.db"), ours).await);
        let mut rates = Rates::default();
        for round in 0..ROUNDS {
            rates[0].push(bare_rows(&mut bare).await);
            commits(&store, round, &mut rates).await;
        }
        print(name, rates);
    }
    let folder = tempfile::tempdir().unwrap();
    loads(&open(&folder.path().join("threads.db"), Synchronous::Normal).await).await;
}

async fn open(path: &Path, synchronous: Synchronous) -> SqliteCheckpointer {
    let options = SqliteOptions {
        synchronous,
        ..SqliteOptions::default()
    };
    SqliteCheckpointer::open_with(path, options).await.unwrap()
}

async fn bare_database(path: &Path, synchronous: SqliteSynchronous) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .disable_statement_logging();
    let mut conn = options.connect().await.unwrap();
    let table = "CREATE TABLE rows (id INTEGER PRIMARY KEY, value BLOB)";
    sqlx::query(table).execute(&mut conn).await.unwrap();
    conn
}

async fn bare_rows(conn: &mut SqliteConnection) -> f64 {
    let row = vec![7_u8; VALUE_BYTES];
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < WINDOW {
        let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let insert = sqlx::query("INSERT INTO rows (value) VALUES (?1)").bind(row.as_slice());
        insert.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        count += 1;
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}
