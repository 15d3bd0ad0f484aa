//! The suite on SQLite, with each way to make writes durable, and on Postgres.

use agentflow_sql::{SqliteCheckpointer, SqliteOptions, Synchronous};
use std::sync::Arc;

use agentflow_testkit::{CutFixture, Fixture, Line};

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

async fn over_a_line(address: String) -> CutFixture {
    let (beside, options) = crate::pg::fresh(&address).await;
    let (user, rest) = address.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let line = Line::to(server.to_owned()).await.unwrap();
    let through = format!("{user}@{}/{database}", line.address());
    CutFixture {
        through: Arc::new(crate::pg::connect(&through, &options).await),
        beside: Arc::new(beside),
        line,
    }
}

agentflow_testkit::cut_suite!(postgres_cut, needs "AGENTFLOW_TEST_POSTGRES", over_a_line);
