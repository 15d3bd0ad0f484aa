//! Clients, each with a connection of its own, on one memory at once.

use std::collections::BTreeSet;
use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::store::{PAGE_MAX, Put, Search, Store, StoreOp, StoreOptions, StoreReply, Ttl};
use agentflow_redis::{RedisOptions, RedisStore};
use agentflow_testkit::ManualClock;
use serde_json::json;
use tokio::task::JoinSet;

use crate::memory::{act, delete, get, keys, memory, memory_with, n_in, n_of, n_said, path, put};
use crate::place::{ONE, options};

const CLIENTS: usize = 4;
const ROUNDS: usize = 50;

/// The number that was there before, by the first of two replies.
fn number_before(reply: &StoreReply) -> usize {
    match reply {
        StoreReply::Found(found) => n_in(&found[0].item.value),
        reply => n_said(reply).unwrap(),
    }
}

/// Each client puts numbers of its own in place of the one that is there, and tells which
/// those were.
async fn swap(address: String, redis: RedisOptions, client: usize, reads: StoreOp) -> Vec<usize> {
    let store = memory(&address, redis).await;
    let mut taken = Vec::new();
    for round in 0..ROUNDS {
        let number = 1 + client * ROUNDS + round;
        let before = loop {
            match store.batch(vec![reads.clone(), put("k", number)]).await {
                Ok(replies) => break number_before(&replies[0]),
                Err(error) => assert!(error.is_retryable(), "{error:?}"),
            }
        };
        taken.push(before);
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_clients_that_read_and_write_at_once_each_sees_another_ones_write() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    for reads in [get("k"), Search::under(&path("a")).into()] {
        let redis = options();
        let store = memory(&address, redis.clone()).await;
        act(&store, vec![put("k", 0)]).await;
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            clients.spawn(swap(address.clone(), redis.clone(), client, reads.clone()));
        }
        let mut seen: Vec<usize> = clients.join_all().await.concat();
        seen.extend(n_of(&store, "k").await);
        seen.sort_unstable();
        let want: Vec<usize> = (0..=CLIENTS * ROUNDS).collect();
        assert_eq!(seen, want, "each number was taken once: {reads:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_search_sees_each_item_once_and_all_that_nobody_touches() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let redis = options();
    let store = memory(&address, redis.clone()).await;
    // More than a page, of which every second one is put and deleted all the time.
    let key = |n: usize| format!("{n:04}");
    let stays: Vec<String> = (0..900).step_by(2).map(key).collect();
    act(&store, stays.iter().map(|key| put(key, 0)).collect()).await;
    let other = memory(&address, redis).await;
    let writes = tokio::spawn(async move {
        for round in 0.. {
            let touched = (1..900).step_by(2).map(|n| match (n / 2 + round) % 2 {
                0 => put(&key(n), round),
                _ => delete(&key(n)),
            });
            act(&other, touched.collect()).await;
        }
    });
    for _ in 0..50 {
        let found = keys(&store, Search::under(&path("a")).limit(PAGE_MAX)).await;
        assert!(found.is_sorted_by(|a, b| a < b), "{found:?}");
        let found: BTreeSet<&String> = found.iter().collect();
        let missing = stays.iter().find(|key| !found.contains(key));
        assert_eq!(missing, None);
    }
    assert!(!writes.is_finished());
    writes.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_clients_that_sweep_at_once_each_item_is_counted_by_one() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let (redis, clock) = (options(), ManualClock::new(Timestamp(0)));
    let made = StoreOptions::new(clock.clone());
    let store = memory_with(&address, made.clone(), redis.clone()).await;
    let minute = Duration::from_secs(60);
    for part in 0..3 {
        let expiring = |n: usize| -> StoreOp {
            let put = Put::new(&path("a"), format!("{part}-{n}"), json!({}));
            put.ttl(Ttl::For(minute)).into()
        };
        act(&store, (0..1_000).map(expiring).collect()).await;
    }
    act(&store, vec![put("stays", 1)]).await;
    clock.advance(minute);
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (address, made, redis) = (address.clone(), made.clone(), redis.clone());
        clients.spawn(async move {
            let store: RedisStore = memory_with(&address, made, redis).await;
            store.sweep().await.unwrap()
        });
    }
    assert_eq!(clients.join_all().await.iter().sum::<u64>(), 3_000);
    assert_eq!(keys(&store, Search::everywhere()).await, ["stays"]);
}
