//! SQLite: each way to make writes durable.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use agentflow_sql::{SqliteCheckpointer, SqliteOptions, Synchronous};
use rusqlite::Connection;

use crate::work::{ROUNDS, Rates, VALUE_BYTES, WINDOW, commits, loads, print};

pub(crate) async fn measure() {
    for (name, synchronous) in [("FULL", Synchronous::Full), ("NORMAL", Synchronous::Normal)] {
        let folder = tempfile::tempdir().unwrap();
        let bare = bare_database(&folder.path().join("bare.db"), name);
        let store = Arc::new(open(&folder.path().join("threads.db"), synchronous).await);
        let mut rates = Rates::default();
        for round in 0..ROUNDS {
            rates[0].push(bare_rows(&bare));
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

fn bare_database(path: &Path, synchronous: &str) -> Connection {
    let conn = Connection::open(path).unwrap();
    conn.pragma_update(None, "journal_mode", "WAL").unwrap();
    conn.pragma_update(None, "synchronous", synchronous)
        .unwrap();
    let table = "CREATE TABLE rows (id INTEGER PRIMARY KEY, value BLOB)";
    conn.execute_batch(table).unwrap();
    conn
}

fn bare_rows(conn: &Connection) -> f64 {
    let row = vec![7_u8; VALUE_BYTES];
    let mut insert = conn
        .prepare("INSERT INTO rows (value) VALUES (?1)")
        .unwrap();
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < WINDOW {
        insert.execute([row.as_slice()]).unwrap();
        count += 1;
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}
