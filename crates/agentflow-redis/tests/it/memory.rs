//! A memory, and short calls on it that expect to be answered.

use agentflow_core::store::{
    Delete, Found, Get, Put, Search, Store, StoreError, StoreExt, StoreOp, StoreOptions, StorePath,
    StoreReply,
};
use agentflow_redis::{RedisError, RedisOptions, RedisStore};
use serde_json::{Value, json};

pub(crate) async fn memory(address: &str, redis: RedisOptions) -> RedisStore {
    memory_with(address, StoreOptions::default(), redis).await
}

pub(crate) async fn memory_with(
    address: &str,
    options: StoreOptions,
    redis: RedisOptions,
) -> RedisStore {
    RedisStore::connect_with(address, options, redis)
        .await
        .unwrap()
}

/// `addresses` are the nodes' with commas between them.
pub(crate) async fn cluster_memory(
    addresses: &str,
    options: StoreOptions,
    redis: RedisOptions,
) -> RedisStore {
    RedisStore::connect_cluster_with(addresses.split(','), options, redis)
        .await
        .unwrap()
}

pub(crate) fn path(text: &str) -> StorePath {
    text.parse().unwrap()
}

pub(crate) fn put(key: &str, n: usize) -> StoreOp {
    Put::new(&path("a"), key, json!({ "n": n })).into()
}

pub(crate) fn delete(key: &str) -> StoreOp {
    Delete::new(&path("a"), key).into()
}

pub(crate) fn get(key: &str) -> StoreOp {
    Get::new(&path("a"), key).into()
}

pub(crate) async fn act(store: &RedisStore, ops: Vec<StoreOp>) {
    store.batch(ops).await.unwrap();
}

/// The value that was put under a key, by [`put`].
pub(crate) async fn n_of(store: &RedisStore, key: &str) -> Option<usize> {
    let item = store.get(&path("a"), key).await.unwrap();
    item.map(|item| n_in(&item.value))
}

pub(crate) fn n_in(value: &Value) -> usize {
    usize::try_from(value["n"].as_u64().unwrap()).unwrap()
}

/// The `n` of the item that a reply has, if it has one.
pub(crate) fn n_said(reply: &StoreReply) -> Option<usize> {
    match reply {
        StoreReply::Item(item) => item.as_ref().map(|item| n_in(&item.value)),
        other => panic!("a read is not answered by {other:?}"),
    }
}

pub(crate) async fn keys(store: &impl Store, search: Search) -> Vec<String> {
    let found = store.search(search).await.unwrap();
    found.into_iter().map(|found| found.item.key).collect()
}

/// What is found, as `path/key` with the score.
pub(crate) fn scored(found: &[Found]) -> Vec<(String, Option<f64>)> {
    let name = |found: &Found| format!("{}/{}", found.item.path, found.item.key);
    found.iter().map(|one| (name(one), one.score)).collect()
}

/// Why Redis did not do it.
pub(crate) fn cause<T: std::fmt::Debug>(outcome: Result<T, StoreError>) -> RedisError {
    let source = match outcome.unwrap_err() {
        StoreError::Unavailable { source, .. } | StoreError::Backend { source, .. } => source,
        other => panic!("{other:?}"),
    };
    *source.downcast().unwrap()
}
