//! Postgres, as its server is set up.

use std::sync::Arc;
use std::time::Instant;

use agentflow_sql::{PostgresCheckpointer, PostgresOptions};
use sqlx::{Connection, PgConnection};

use crate::work::{ROUNDS, Rates, VALUE_BYTES, WINDOW, commits, loads, print};

pub(crate) async fn measure(address: &str) {
    let mut bare = bare_database(address).await;
    let options = PostgresOptions {
        connections_max: 32,
        ..PostgresOptions::default()
    };
    let store = PostgresCheckpointer::connect_with(address, options)
        .await
        .unwrap();
    store.setup().await.unwrap();
    let store = Arc::new(store);
    let mut rates = Rates::default();
    for round in 0..ROUNDS {
        rates[0].push(bare_rows(&mut bare).await);
        commits(&store, round, &mut rates).await;
    }
    print("postgres", rates);
    loads(&*store).await;
}

async fn bare_database(address: &str) -> PgConnection {
    let mut conn = PgConnection::connect(address).await.unwrap();
    let table = "CREATE TABLE rows (id bigserial PRIMARY KEY, value bytea)";
    sqlx::query(table).execute(&mut conn).await.unwrap();
    conn
}

/// One statement is one transaction, and one round trip.
async fn bare_rows(conn: &mut PgConnection) -> f64 {
    let row = vec![7_u8; VALUE_BYTES];
    let (begun, mut count) = (Instant::now(), 0);
    while begun.elapsed() < WINDOW {
        let insert = sqlx::query("INSERT INTO rows (value) VALUES ($1)").bind(row.as_slice());
        insert.execute(&mut *conn).await.unwrap();
        count += 1;
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}
