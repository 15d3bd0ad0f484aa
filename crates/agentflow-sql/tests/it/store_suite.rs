//! The suite of long-term memory: on SQLite in a file of its own, and in that of a
//! checkpointer; on Postgres, without pgvector, with it,
//! and with its index.

use agentflow_core::store::StoreOptions;
use agentflow_sql::{SqliteCheckpointer, SqliteOptions, SqliteStore, Synchronous, Vectors};
use agentflow_testkit::StoreFixture;

use crate::pg_store;

agentflow_testkit::store_suite!(own_file, |options: StoreOptions| async {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory.db");
    StoreFixture::new(SqliteStore::open(path, options).await.unwrap(), folder)
});

agentflow_testkit::store_suite!(shared_file, |options: StoreOptions| async {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("both.db");
    let file = SqliteOptions {
        synchronous: Synchronous::Normal,
        readers_max: 1,
        ..SqliteOptions::default()
    };
    let threads = SqliteCheckpointer::open(&path).await.unwrap();
    let store = SqliteStore::open_with(path, options, file).await.unwrap();
    StoreFixture::new(store, (threads, folder))
});

agentflow_testkit::store_suite!(
    postgres,
    needs "AGENTFLOW_TEST_POSTGRES",
    |address: String, options| async move {
        pg_store::fresh(&address, options, Vectors::Exact).await.0
    }
);

agentflow_testkit::store_suite!(
    pgvector,
    needs "AGENTFLOW_TEST_PGVECTOR",
    |address: String, options| async move {
        pg_store::fresh(&address, options, Vectors::PgVector).await.0
    }
);

agentflow_testkit::store_suite!(
    hnsw,
    needs "AGENTFLOW_TEST_PGVECTOR",
    |address: String, options| async move {
        pg_store::fresh(&address, options, Vectors::Hnsw).await.0
    }
);
