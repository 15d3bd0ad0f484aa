//! Batches drawn by chance: whatever they do, the replies are those of a store in memory.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::store::{
    Delete, Filter, Get, Index, IndexConfig, ListPaths, MemoryStore, Put, Refresh, Search,
    SearchMode, Store, StoreOp, StoreOptions, StorePath, Ttl,
};
use agentflow_testkit::{ManualClock, WordEmbedder};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::json;

use crate::memory::{memory_with, path};
use crate::place::{ONE, options};

const PATHS: [&str; 6] = ["a", "a.b", "a.b\u{1}", "ab", "a b.é", "🦀.\u{1}"];
const KEYS: [&str; 5] = ["k", "k.l", "\u{1}", "é", " "];
const WORDS: [&str; 4] = ["tea", "cat", "sea", "oak"];

/// A batch, and how many seconds pass before it.
type Step = (u64, Vec<StoreOp>);

fn at() -> impl Strategy<Value = StorePath> {
    select(&PATHS[..]).prop_map(path)
}

fn text() -> impl Strategy<Value = String> {
    subsequence(&WORDS[..], 0..=WORDS.len()).prop_map(|words| words.join(" "))
}

fn refresh() -> impl Strategy<Value = Refresh> {
    select(vec![Refresh::AsConfigured, Refresh::Yes, Refresh::No])
}

fn a_put() -> impl Strategy<Value = StoreOp> {
    let ttl = prop_oneof![
        Just(Ttl::Forever),
        (1..4_u64).prop_map(|seconds| Ttl::For(Duration::from_secs(seconds))),
    ];
    let index = prop_oneof![3 => Just(Index::AsConfigured), 1 => Just(Index::No)];
    let value = (text(), 0..4).prop_map(|(text, n)| json!({ "text": text, "n": n }));
    (at(), select(&KEYS[..]), value, ttl, index).prop_map(|(at, key, value, ttl, index)| {
        Put::new(&at, key, value).ttl(ttl).index(index).into()
    })
}

fn a_search() -> impl Strategy<Value = StoreOp> {
    let modes = vec![SearchMode::Words, SearchMode::Meaning, SearchMode::Hybrid];
    let query = proptest::option::of((text(), select(modes)));
    let near = proptest::option::of(select(vec![-1.0, 0.0, 0.6]));
    let filter = prop_oneof![
        Just(Filter::new()),
        (0..4).prop_map(|n| Filter::new().gte("n", n)),
    ];
    let page = (0..6_usize, 0..4_usize, proptest::option::of(0..40_usize));
    let parts = (vec(at(), 0..3), query, near, filter, page, refresh());
    parts.prop_map(|(paths, query, near, filter, page, refresh)| {
        let (limit, offset, tokens_max) = page;
        let mut search = Search::under_any(&paths).filter(filter).refresh(refresh);
        if let Some((query, mode)) = query {
            search = search.query(query).mode(mode);
        }
        search.min_similarity = near;
        search.tokens_max = tokens_max;
        search.limit(limit).offset(offset).into()
    })
}

fn an_op() -> impl Strategy<Value = StoreOp> {
    let get = (at(), select(&KEYS[..]), refresh());
    let get = get.prop_map(|(at, key, refresh)| Get::new(&at, key).refresh(refresh).into());
    let delete = (at(), select(&KEYS[..])).prop_map(|(at, key)| Delete::new(&at, key).into());
    let list = (proptest::option::of(1..3_usize), 0..5_usize, 0..3_usize);
    let list = list.prop_map(|(max_depth, limit, offset)| {
        let mut list = ListPaths::new().limit(limit).offset(offset);
        list.max_depth = max_depth;
        list.into()
    });
    prop_oneof![6 => a_put(), 2 => get, 1 => delete, 4 => a_search(), 1 => list]
}

async fn compare(address: String, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let clock = ManualClock::new(Timestamp(1_700_000_000_000_000));
    let index = IndexConfig::new(WordEmbedder::new(WORDS), WORDS.len()).fields(["text"]);
    let made = StoreOptions::new(clock.clone()).with_index(index);
    let redis = memory_with(&address, made.clone(), options()).await;
    let model = MemoryStore::with_options(made);
    for (seconds, ops) in steps {
        clock.advance(Duration::from_secs(seconds));
        let want = model.batch(ops.clone()).await.unwrap();
        let found = redis.batch(ops.clone()).await.unwrap();
        prop_assert_eq!(found, want, "{:?}", ops);
    }
    clock.advance(Duration::from_secs(1));
    prop_assert_eq!(redis.sweep().await.unwrap(), model.sweep().await.unwrap());
    let all = vec![Search::everywhere().limit(100).into()];
    let want = model.batch(all.clone()).await.unwrap();
    prop_assert_eq!(redis.batch(all).await.unwrap(), want);
    Ok(())
}

#[test]
fn replies_are_those_of_a_store_in_memory() {
    let Some(address) = agentflow_testkit::server(ONE) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        cases: 64,
        max_shrink_iters: 500,
        failure_persistence: None,
        ..Config::default()
    };
    let steps = vec((0..2_u64, vec(an_op(), 1..8)), 1..16);
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        runtime.block_on(compare(address.clone(), steps))
    });
    outcome.unwrap();
}
