//! Stores of long-term memory on the servers that `AGENTFLOW_TEST_POSTGRES` and
//! `AGENTFLOW_TEST_PGVECTOR` name, each in a schema of its own.

use agentflow_core::store::StoreOptions;
use agentflow_sql::{PostgresOptions, PostgresStore, Vectors};

use crate::pg;

pub(crate) fn server() -> Option<String> {
    agentflow_testkit::server("AGENTFLOW_TEST_POSTGRES")
}

pub(crate) fn pgvector() -> Option<String> {
    agentflow_testkit::server("AGENTFLOW_TEST_PGVECTOR")
}

/// Options of a schema that no other test has.
pub(crate) fn database(vectors: Vectors) -> PostgresOptions {
    PostgresOptions {
        vectors,
        ..pg::options()
    }
}

pub(crate) async fn connect(
    address: &str,
    options: StoreOptions,
    database: &PostgresOptions,
) -> PostgresStore {
    PostgresStore::connect_with(address, options, database.clone())
        .await
        .unwrap()
}

/// A store with its tables, of these options.
pub(crate) async fn fresh(
    address: &str,
    options: StoreOptions,
    vectors: Vectors,
) -> (PostgresStore, PostgresOptions) {
    let database = database(vectors);
    let store = connect(address, options, &database).await;
    store.setup().await.unwrap();
    (store, database)
}

/// A store whose items stay, without an index.
pub(crate) async fn plain(address: &str) -> PostgresStore {
    fresh(address, StoreOptions::default(), Vectors::Auto)
        .await
        .0
}
