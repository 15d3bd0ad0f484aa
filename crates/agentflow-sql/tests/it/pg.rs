//! A store of its own for each test, on the server that `AGENTFLOW_TEST_POSTGRES` names.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use agentflow_core::checkpoint::LeaseClock;
use agentflow_sql::{PostgresCheckpointer, PostgresOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// A schema of its own, with its tables; its clock is the caller's, as the suite needs it.
pub(crate) async fn fresh(address: &str) -> (PostgresCheckpointer, PostgresOptions) {
    let options = options();
    let store = connect(address, &options).await;
    store.setup().await.unwrap();
    (store, options)
}

/// Options of a schema that no other test has.
pub(crate) fn options() -> PostgresOptions {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    // The server may have outlived a process of the same number.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    PostgresOptions {
        schema: format!("test \"{:x}-{number}", now.as_nanos()),
        connections_max: 3,
        call_timeout: Duration::from_secs(30),
        lease_clock: LeaseClock::Caller,
        ..PostgresOptions::default()
    }
}

pub(crate) async fn connect(address: &str, options: &PostgresOptions) -> PostgresCheckpointer {
    PostgresCheckpointer::connect_with(address, options.clone())
        .await
        .unwrap()
}

/// Runs plain SQL, with the test's schema before all others.
pub(crate) async fn run_sql(address: &str, options: &PostgresOptions, sql: &str) {
    let mut conn = PgConnection::connect(address).await.unwrap();
    let schema = options.schema.replace('"', "\"\"");
    let sql = format!("SET search_path TO \"{schema}\"; {sql}");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut conn)
        .await
        .unwrap();
    conn.close().await.unwrap();
}
