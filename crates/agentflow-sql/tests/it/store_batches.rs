//! Batches of several stores on one schema of Postgres, and large ones.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::store::{
    Delete, Get, Put, Search, Store, StoreExt, StoreOp, StoreOptions, StoreReply, Ttl,
    VALUE_BYTES_MAX,
};
use agentflow_sql::{PostgresError, Vectors};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::memory::{indexed, keys, numbered, path, source};
use crate::pg_store::{connect, fresh, server};

fn put(key: &str, value: Value) -> StoreOp {
    let put = Put::new(&path("a"), key, value);
    put.ttl(Ttl::For(Duration::from_secs(3_600))).into()
}

fn get(key: &str) -> StoreOp {
    Get::new(&path("a"), key).into()
}

fn delete(key: &str) -> StoreOp {
    Delete::new(&path("a"), key).into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_that_cross_each_other_stay_whole_and_never_lock_each_other_out() {
    let Some(address) = server() else { return };
    let (store, database) = fresh(&address, StoreOptions::default(), Vectors::Auto).await;
    let start = Arc::new(Barrier::new(8));
    let mut writers = JoinSet::new();
    for writer in 0..8 {
        // A pool each, as processes have.
        let (address, database) = (address.clone(), database.clone());
        let start = Arc::clone(&start);
        writers.spawn(async move {
            let store = connect(&address, StoreOptions::default(), &database).await;
            start.wait().await;
            for round in 0..25 {
                let value = || json!({ "by": writer, "round": round, "text": "tea" });
                let (new, old) = (
                    format!("{writer}-{round}"),
                    format!("{writer}-{}", round - 1),
                );
                let both = |one: &str, other: &str| vec![put(one, value()), put(other, value())];
                let ops = match (writer + round) % 4 {
                    0 => both("x", "y"),
                    1 => both("y", "x"),
                    // Reads refresh, and so write too.
                    2 => [vec![get("y"), get("x")], both("y", "x")].concat(),
                    _ => [
                        vec![Search::everywhere().query("tea").into()],
                        both("x", "y"),
                    ]
                    .concat(),
                };
                let ops = [ops, vec![put(&new, value()), delete(&old)]].concat();
                store.batch(ops).await.unwrap();
                let seen = store.batch(vec![get("x"), get("y")]).await.unwrap();
                let [StoreReply::Item(Some(x)), StoreReply::Item(Some(y))] = &seen[..] else {
                    panic!("{seen:?}")
                };
                assert_eq!(x.value, y.value, "half of a batch was seen");
                store.search(Search::everywhere()).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    assert_eq!(
        keys(&store, Search::everywhere().limit(100)).await.len(),
        8 + 2
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_reads_what_it_writes_comes_before_or_behind_every_other() {
    let Some(address) = server() else { return };
    let (store, database) = fresh(&address, StoreOptions::default(), Vectors::Auto).await;
    let start = Arc::new(Barrier::new(6));
    let mut writers = JoinSet::new();
    for writer in 0..6 {
        let (address, database) = (address.clone(), database.clone());
        let start = Arc::clone(&start);
        writers.spawn(async move {
            let store = connect(&address, StoreOptions::default(), &database).await;
            start.wait().await;
            let mut seen = Vec::new();
            for round in 0..20 {
                let value = json!({ "n": format!("{writer}-{round}") });
                let replies = store.batch(vec![get("x"), put("x", value)]).await.unwrap();
                let StoreReply::Item(before) = &replies[0] else {
                    panic!("{replies:?}")
                };
                seen.push(before.as_ref().map(|item| item.value.clone()));
            }
            seen
        });
    }
    let mut seen: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    seen.push(
        store
            .get(&path("a"), "x")
            .await
            .unwrap()
            .map(|item| item.value),
    );
    // Each value was seen by the one batch that replaced it, and the last is there.
    let count = seen.len();
    seen.sort_by_key(|value| value.as_ref().map(ToString::to_string));
    seen.dedup();
    assert_eq!((count, seen.len()), (121, 121));
}

#[tokio::test]
async fn a_batch_of_several_calls_is_done_wholly_or_not_at_all() {
    let Some(address) = server() else { return };
    let three = indexed(&["tea", "cat", "sea"]);
    let (other, database) = fresh(&address, three, Vectors::Exact).await;
    // Connected before there is a vector, and so not refused yet.
    let store = connect(&address, indexed(&["tea", "cat"]), &database).await;
    put_one(&other, "k").await;
    // Together more than one call takes.
    let large = "x".repeat(VALUE_BYTES_MAX - 100);
    let many: Vec<StoreOp> = (0..40)
        .map(|n| put(&format!("{n:02}"), json!({ "x": large })))
        .collect();

    // The last call is refused, since its vectors do not fit.
    let late = put("late", json!({ "text": "tea" }));
    let refused = store.batch([many.clone(), vec![late]].concat()).await;
    let reason: PostgresError = source(&refused.unwrap_err());
    assert!(
        matches!(
            reason,
            PostgresError::OtherIndex {
                found: 3,
                wanted: 2,
                ..
            }
        ),
        "{reason:?}"
    );
    assert_eq!(keys(&other, Search::everywhere()).await, ["k"]);

    let replies = store
        .batch([vec![get("k"), get("00")], many].concat())
        .await
        .unwrap();
    assert!(matches!(replies[0], StoreReply::Item(Some(_))));
    assert_eq!(
        replies[1],
        StoreReply::Item(None),
        "reads come before all writes"
    );
    let all = Search::everywhere().limit(100);
    assert_eq!(keys(&store, all).await.len(), 41);
}

async fn put_one(store: &impl Store, key: &str) {
    store
        .batch(vec![put(key, json!({ "text": "tea" }))])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_sweep_takes_all_that_has_expired_however_much_and_leaves_nothing_of_it() {
    let Some(address) = server() else { return };
    let (store, database) = fresh(&address, indexed(&["tea", "cat"]), Vectors::Exact).await;
    for _ in 0..3 {
        store.batch(numbered(1_000)).await.unwrap();
        let expire = "UPDATE store_items SET expires_at = 1, path = path || convert_to(id::text, 'UTF8') || '\\x00'
             WHERE expires_at IS NULL";
        crate::pg::run_sql(&address, &database, expire).await;
    }
    store
        .batch(vec![put("stays", json!({ "text": "tea" }))])
        .await
        .unwrap();
    assert_eq!(store.sweep().await.unwrap(), 3_000);
    assert_eq!(store.sweep().await.unwrap(), 0);
    assert_eq!(keys(&store, Search::everywhere()).await, ["stays"]);
    for table in ["store_items", "store_words", "store_vectors"] {
        let one = format!("SELECT 1 / (count(*) = 1)::int FROM {table}");
        crate::pg::run_sql(&address, &database, &one).await;
    }
    store.batch(vec![delete("stays")]).await.unwrap();
    for table in ["store_items", "store_words", "store_vectors"] {
        let none = format!("SELECT 1 / (count(*) = 0)::int FROM {table}");
        crate::pg::run_sql(&address, &database, &none).await;
    }
}
