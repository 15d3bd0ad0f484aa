//! Stores of long-term memory, as these tests need them.

use std::path::Path;

use agentflow_core::store::{
    Filter, IndexConfig, Put, Search, Store, StoreError, StoreExt, StoreOptions, StorePath,
};
use agentflow_sql::{SqliteError, SqliteStore};
use agentflow_testkit::WordEmbedder;
use serde_json::{Value, json};

pub(crate) fn path(text: &str) -> StorePath {
    text.parse().unwrap()
}

pub(crate) async fn open(file: &Path) -> SqliteStore {
    SqliteStore::open(file, StoreOptions::default())
        .await
        .unwrap()
}

/// Embeds `text` by these words.
pub(crate) fn indexed(words: &[&str]) -> StoreOptions {
    let embedder = WordEmbedder::new(words.iter().copied());
    let dims = embedder.dims();
    StoreOptions::default().with_index(IndexConfig::new(embedder, dims).fields(["text"]))
}

pub(crate) async fn put(store: &impl Store, key: &str, value: Value) {
    store.put(&path("a"), key, value).await.unwrap();
}

/// The keys of what is found, in order.
pub(crate) async fn keys(store: &impl Store, search: Search) -> Vec<String> {
    let found = store.search(search).await.unwrap();
    found.into_iter().map(|found| found.item.key).collect()
}

pub(crate) async fn filtered(store: &impl Store, filter: Filter) -> Vec<String> {
    keys(store, Search::everywhere().filter(filter).limit(1_000)).await
}

/// Items with a word, a vector and one number each.
pub(crate) fn numbered(count: usize) -> Vec<agentflow_core::store::StoreOp> {
    let put = |n| {
        Put::new(
            &path("a"),
            format!("{n:05}"),
            json!({ "text": "tea", "n": n }),
        )
        .into()
    };
    (0..count).map(put).collect()
}

pub(crate) fn reason(error: &StoreError) -> SqliteError {
    source(error)
}

/// What the database said.
pub(crate) fn source<E: std::error::Error + Clone + 'static>(error: &StoreError) -> E {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<E>());
    source.unwrap_or_else(|| panic!("{error:?}")).clone()
}
