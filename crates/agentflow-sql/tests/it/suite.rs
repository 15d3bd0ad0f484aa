//! The suite on SQLite, with each way to make writes durable, and on Postgres.

use agentflow_sql::{SqliteCheckpointer, SqliteOptions, Synchronous};
use agentflow_testkit::Fixture;

async fn fresh(options: SqliteOptions) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    Fixture::new(
        SqliteCheckpointer::open_with(path, options).await.unwrap(),
        folder,
    )
}

agentflow_testkit::checkpointer_suite!(sqlite, || fresh(SqliteOptions::default()));

agentflow_testkit::checkpointer_suite!(sqlite_normal, || fresh(SqliteOptions {
    synchronous: Synchronous::Normal,
    readers_max: 1,
    ..SqliteOptions::default()
}));

agentflow_testkit::checkpointer_suite!(
    postgres,
    needs "AGENTFLOW_TEST_POSTGRES",
    |address: String| async move { crate::pg::fresh(&address).await.0 }
);
