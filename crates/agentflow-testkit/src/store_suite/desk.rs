//! Where behaviours touch a store: short calls that expect to be answered.

use std::sync::Arc;

use agentflow_core::store::{
    Found, Get, Item, ListPaths, Put, Search, Store, StoreError, StoreExt, StoreOp, StorePath,
    StoreReply,
};
use serde_json::Value;

/// The path that is written like this, with dots.
pub(super) fn path(text: &str) -> StorePath {
    text.parse().expect("a good path")
}

/// A store that is asked in few words.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) store: Arc<dyn Store>,
}

impl Desk {
    pub(super) fn at(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    pub(super) async fn put(&self, at: &str, key: &str, value: Value) {
        self.put_with(Put::new(&path(at), key, value)).await;
    }

    pub(super) async fn put_with(&self, put: Put) {
        self.store.put_with(put).await.expect("the item is kept");
    }

    pub(super) async fn delete(&self, at: &str, key: &str) {
        let deleted = self.store.delete(&path(at), key).await;
        deleted.expect("the item is forgotten");
    }

    pub(super) async fn get(&self, at: &str, key: &str) -> Option<Item> {
        let item = self.store.get(&path(at), key).await;
        item.expect("the item is read")
    }

    pub(super) async fn value(&self, at: &str, key: &str) -> Option<Value> {
        self.get(at, key).await.map(|item| item.value)
    }

    pub(super) async fn search(&self, search: Search) -> Vec<Found> {
        self.store
            .search(search)
            .await
            .expect("the store is searched")
    }

    /// Two values of the path `a` as they are at one moment.
    pub(super) async fn both(&self, one: &str, other: &str) -> (Option<Value>, Option<Value>) {
        let get = |key: &str| Get::new(&path("a"), key).into();
        let replies = self.batch(vec![get(one), get(other)]).await;
        let mut values = replies.into_iter().map(|reply| match reply {
            StoreReply::Item(item) => item.map(|item| item.value),
            other => panic!("a read is not answered by {other:?}"),
        });
        match (values.next(), values.next(), values.next()) {
            (Some(one), Some(other), None) => (one, other),
            _ => panic!("two reads have two replies"),
        }
    }

    /// What is found, as `path/key`.
    pub(super) async fn found(&self, search: Search) -> Vec<String> {
        names(&self.search(search).await)
    }

    /// What is found, as `path/key`, with scores in hundredths.
    pub(super) async fn scored(&self, search: Search) -> Vec<(String, Option<i64>)> {
        let found = self.search(search).await;
        let scores = found.iter().map(|one| one.score.map(hundredths));
        names(&found).into_iter().zip(scores).collect()
    }

    pub(super) async fn paths(&self, list: ListPaths) -> Vec<String> {
        let paths = self.store.list_paths(list).await.expect("paths are listed");
        paths.iter().map(ToString::to_string).collect()
    }

    pub(super) async fn batch(&self, ops: Vec<StoreOp>) -> Vec<StoreReply> {
        self.try_batch(ops).await.expect("the batch is done")
    }

    pub(super) async fn try_batch(&self, ops: Vec<StoreOp>) -> Result<Vec<StoreReply>, StoreError> {
        self.store.batch(ops).await
    }

    pub(super) async fn sweep(&self) -> u64 {
        self.store.sweep().await.expect("the store is swept")
    }
}

pub(super) fn names(found: &[Found]) -> Vec<String> {
    let name = |found: &Found| format!("{}/{}", found.item.path, found.item.key);
    found.iter().map(name).collect()
}

fn hundredths(score: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "scores lie between -1 and 1"
    )]
    let rounded = (score * 100.0).round() as i64;
    rounded
}
