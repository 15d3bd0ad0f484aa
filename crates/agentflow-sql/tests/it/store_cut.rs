//! How often a batch goes to the server, and what is left of one whose connection breaks.

use std::time::Duration;

use agentflow_core::store::{
    Delete, Filter, Get, ListPaths, Put, Search, SearchMode, Store, StoreOp, StoreOptions, Ttl,
};
use agentflow_sql::Vectors;
use serde_json::json;

use crate::memory::{indexed, keys, path};
use crate::pg_store::{connect, fresh, server};
use crate::round_trips::counting;

fn put(key: &str, n: u32) -> StoreOp {
    Put::new(&path("a"), key, json!({ "text": "tea", "n": n })).into()
}

fn get(key: &str) -> StoreOp {
    Get::new(&path("a"), key).into()
}

fn delete(key: &str) -> StoreOp {
    Delete::new(&path("a"), key).into()
}

fn many(op: impl Fn(&str) -> StoreOp) -> Vec<StoreOp> {
    (0..50).map(|n| op(&format!("{n:02}"))).collect()
}

#[tokio::test]
async fn a_batch_takes_as_few_round_trips_as_it_may() {
    let Some(address) = server() else { return };
    let (_, database) = fresh(&address, StoreOptions::default(), Vectors::Exact).await;
    let proxy = counting(&address).await;
    let store = connect(&proxy.address, indexed(&["tea", "cat"]), &database).await;
    let brief = Put::new(&path("b"), "brief", json!({})).ttl(Ttl::For(Duration::from_secs(600)));
    store.batch(vec![brief.into()]).await.unwrap();

    let tea = || Search::under(&path("a")).query("tea");
    let search = |search: Search| vec![search.into()];
    let both = [many(|key| put(key, 1)), many(get), many(delete)].concat();
    let searched = vec![put("x", 1), Search::under(&path("a")).into()];
    for (name, ops, most) in [
        ("reads and writes", both, 1),
        ("many puts", many(|key| put(key, 1)), 1),
        ("many reads", many(get), 1),
        (
            "a read that refreshes",
            vec![Get::new(&path("b"), "brief").into()],
            1,
        ),
        ("a search in order", search(Search::under(&path("a"))), 1),
        (
            "a search by words",
            search(tea().mode(SearchMode::Words)),
            1,
        ),
        ("all paths", vec![ListPaths::new().into()], 1),
        // Begin, search, end.
        (
            "a filter",
            search(Search::everywhere().filter(Filter::new().gt("n", 0))),
            3,
        ),
        ("some paths", vec![ListPaths::new().max_depth(1).into()], 3),
        // Begin, check the length, look for the nearest, read them, end.
        ("a search by meaning", search(tea()), 5),
        // Begin, lock, search, write, end.
        ("a search and a write", searched, 5),
    ] {
        let mut fewest = u32::MAX;
        // The first ones prepare their statements, and a connection that was idle for a
        // second is asked first whether it lives.
        for _ in 0..8 {
            let before = proxy.round_trips();
            store.batch(ops.clone()).await.unwrap();
            fewest = fewest.min(proxy.round_trips() - before);
        }
        assert_eq!(fewest, most, "{name}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_within_a_batch_leaves_all_of_it_or_nothing() {
    let Some(address) = server() else { return };
    let (plain, database) = fresh(&address, StoreOptions::default(), Vectors::Exact).await;
    let proxy = counting(&address).await;
    let store = connect(&proxy.address, StoreOptions::default(), &database).await;
    let batch = |n: u32| {
        let mut ops = vec![put("x", n), put(&format!("new-{n}"), n)];
        ops.push(delete(&format!("new-{}", n - 1)));
        // With a search it is begin, lock, search, write, commit.
        ops.push(Search::under(&path("none")).into());
        ops
    };
    for n in 1..=8 {
        store.batch(batch(n)).await.unwrap();
    }
    let (mut n, mut broken) = (8, 0);
    for round_trips in 0..5 {
        n += 1;
        // A connection that was idle is asked before, and that it broke is no failure then.
        let refused = loop {
            assert!(n < 1_000, "no call takes {round_trips} round trips");
            proxy.break_after(round_trips);
            let outcome = store.batch(batch(n)).await;
            proxy.mend();
            match outcome {
                Err(error) => break error,
                Ok(_) => n += 1,
            }
        };
        assert!(refused.is_retryable(), "{refused:?}");
        broken += 1;
        let want = vec![format!("new-{}", n - 1), "x".to_owned()];
        assert_eq!(
            keys(&plain, Search::everywhere()).await,
            want,
            "{round_trips}"
        );
        // What was cut off is not left waiting for a lock either.
        store.batch(batch(n)).await.unwrap();
        let want = vec![format!("new-{n}"), "x".to_owned()];
        assert_eq!(
            keys(&plain, Search::everywhere()).await,
            want,
            "{round_trips}"
        );
        for _ in 0..8 {
            n += 1;
            store.batch(batch(n)).await.unwrap();
        }
    }
    assert_eq!(broken, 5);
}
