//! Memories of more than one answer holds: what is found is what a store in memory finds.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::store::{
    Filter, IndexConfig, ListPaths, MemoryStore, PAGE_MAX, Put, Search, SearchMode, Store,
    StoreExt, StoreOp, StoreOptions, StorePath, Ttl,
};
use agentflow_redis::RedisStore;
use agentflow_testkit::{ManualClock, WordEmbedder};
use serde_json::json;

use crate::memory::{memory_with, path, scored};
use crate::place::{ONE, options};

const WORDS: [&str; 5] = ["tea", "cat", "sea", "oak", "fox"];

/// A store in Redis and one in memory that are told the same.
struct Both {
    redis: RedisStore,
    model: MemoryStore,
    clock: ManualClock,
}

impl Both {
    async fn empty() -> Option<Self> {
        let address = agentflow_testkit::server(ONE)?;
        let clock = ManualClock::new(Timestamp(1_700_000_000_000_000));
        let index = IndexConfig::new(WordEmbedder::new(WORDS), WORDS.len()).fields(["text"]);
        let made = StoreOptions::new(clock.clone()).with_index(index);
        Some(Self {
            redis: memory_with(&address, made.clone(), options()).await,
            model: MemoryStore::with_options(made),
            clock,
        })
    }

    async fn act(&self, ops: Vec<StoreOp>) {
        let want = self.model.batch(ops.clone()).await.unwrap();
        assert_eq!(self.redis.batch(ops).await.unwrap(), want);
    }

    async fn search(&self, search: Search) {
        let want = self.model.search(search.clone()).await.unwrap();
        let found = self.redis.search(search.clone()).await.unwrap();
        assert_eq!(scored(&found), scored(&want), "{search:?}");
        assert!(found == want, "{search:?}");
    }
}

fn text(n: usize) -> String {
    let words = WORDS.iter().enumerate();
    let words = words.filter(|(place, _)| n.is_multiple_of(place + 2));
    words.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

/// Items of so many paths; every seventh expires after an hour.
fn items(paths: usize, range: std::ops::Range<usize>) -> Vec<StoreOp> {
    let item = |n: usize| {
        let at: StorePath = path(&format!("a.p{:03}", n % paths));
        let put = Put::new(&at, format!("{n:05}"), json!({ "text": text(n), "n": n }));
        match n % 7 {
            0 => put.ttl(Ttl::For(Duration::from_secs(3_600))).into(),
            _ => put.into(),
        }
    };
    range.map(item).collect()
}

#[tokio::test]
async fn pages_of_a_large_memory_are_those_of_a_store_in_memory() {
    let Some(both) = Both::empty().await else {
        return;
    };
    for part in [0..1_000, 1_000..1_700] {
        both.act(items(90, part)).await;
    }
    both.clock.advance(Duration::from_secs(3_600));
    let some = (0..90).step_by(2).map(|n| path(&format!("a.p{n:03}")));
    let some: Vec<StorePath> = some.collect();
    for search in [
        Search::everywhere(),
        Search::under(&path("a.p001")),
        Search::under_any(&some),
        Search::everywhere().filter(Filter::new().gte("n", 800)),
    ] {
        for (limit, offset) in [
            (0, 0),
            (10, 0),
            (1, 499),
            (3, 699),
            (PAGE_MAX, 0),
            (PAGE_MAX, 1_000),
            (10, usize::MAX),
        ] {
            let search = search.clone().limit(limit).offset(offset);
            both.search(search.clone()).await;
            for mode in [SearchMode::Words, SearchMode::Meaning, SearchMode::Hybrid] {
                both.search(search.clone().query("tea oak").mode(mode))
                    .await;
            }
        }
    }
    for list in [
        ListPaths::new(),
        ListPaths::new().limit(7).offset(80),
        ListPaths::new().limit(PAGE_MAX).max_depth(1),
    ] {
        both.act(vec![list.into()]).await;
    }
}

#[tokio::test]
async fn more_paths_than_one_answer_holds_are_listed() {
    let Some(both) = Both::empty().await else {
        return;
    };
    for part in [0..1_000, 1_000..1_900] {
        both.act(items(800, part)).await;
    }
    // Of whole paths and of many items in a row only what expired is left.
    let expiring = |n: usize| -> StoreOp {
        let put = Put::new(&path("b"), format!("{n:04}"), json!({}));
        put.ttl(Ttl::For(Duration::from_secs(60))).into()
    };
    both.act((0..100).map(expiring).collect()).await;
    both.act(vec![Put::new(&path("c"), "stays", json!({})).into()])
        .await;
    both.clock.advance(Duration::from_secs(3_600));
    for (limit, offset) in [(PAGE_MAX, 0), (3, 798), (700, 100)] {
        let list = ListPaths::new().limit(limit).offset(offset);
        both.act(vec![list.into()]).await;
    }
}

#[tokio::test]
async fn items_of_more_bytes_than_one_answer_holds_are_found() {
    let Some(both) = Both::empty().await else {
        return;
    };
    let filler = "x".repeat(300_000);
    let large = |n: usize| -> StoreOp {
        let text = format!("{} {n}", text(n));
        let value = json!({ "text": text, "more": filler });
        Put::new(&path("a"), format!("{n:02}"), value).into()
    };
    both.act((0..15).map(large).collect()).await;
    for mode in [SearchMode::Words, SearchMode::Meaning, SearchMode::Hybrid] {
        both.search(Search::everywhere().query("tea 14").mode(mode).limit(15))
            .await;
    }
    both.search(Search::everywhere().limit(15)).await;
    both.search(Search::everywhere().limit(5).offset(9)).await;
}
