//! The suite of long-term memory on SQLite: in a file of its own, and in that of a
//! checkpointer.

use agentflow_core::store::StoreOptions;
use agentflow_sql::{SqliteCheckpointer, SqliteOptions, SqliteStore, Synchronous};
use agentflow_testkit::StoreFixture;

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
