//! A batch that is sent again, because its connection broke, is done once: all of it or
//! nothing, and whatever others wrote in between stays.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::store::{
    Get, Put, Refresh, Search, Store, StoreError, StoreExt, StoreOp, StoreReply, Ttl,
};
use agentflow_redis::{RedisError, RedisOptions, RedisStore};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::between::Between;
use crate::machine::tell;
use crate::memory::{act, cause, delete, get, memory, n_of, n_said, path, put};
use crate::place::{ONE, options};

type Outcome = Result<Vec<StoreReply>, StoreError>;

/// A client whose connection breaks, and another whose does not.
struct Two {
    address: String,
    between: Between,
    breaks: Arc<RedisStore>,
    other: RedisStore,
    data: String,
}

impl Two {
    async fn clients() -> Option<Self> {
        let address = agentflow_testkit::server(ONE)?;
        let between = Between::start(&address).await;
        let redis: RedisOptions = options();
        let data = format!("{0}:{{{0}:memory}}:data", redis.prefix);
        let breaks = Arc::new(memory(&between.url, redis.clone()).await);
        let other = memory(&address, redis).await;
        // The server learns the scripts.
        act(&other, vec![put("first", 0), get("first")]).await;
        act(&other, vec![delete("first")]).await;
        act(&other, vec![get("first")]).await;
        Some(Self {
            address,
            between,
            breaks,
            other,
            data,
        })
    }

    /// Begins a batch whose connection breaks, and comes back when it did; what is sent again
    /// waits.
    async fn begin(&self, ops: Vec<StoreOp>, fault: impl FnOnce(&Between)) -> JoinHandle<Outcome> {
        self.between.hold();
        fault(&self.between);
        let store = Arc::clone(&self.breaks);
        let under_way = tokio::spawn(async move { store.batch(ops).await });
        self.between.broken().await;
        under_way
    }

    /// How many batches were done.
    async fn revision(&self) -> u64 {
        let command = format!("HGET {} m:revision", self.data);
        tell(&self.address, &command).await
    }
}

#[tokio::test]
async fn a_write_that_is_sent_again_leaves_what_others_wrote_since() {
    let Some(two) = Two::clients().await else {
        return;
    };
    let searches = || Search::everywhere().into();
    let cases: [(&str, Vec<StoreOp>); 3] = [
        ("a put", vec![put("k", 1)]),
        ("a delete", vec![delete("k")]),
        ("a put that searches too", vec![put("k", 1), searches()]),
    ];
    for (name, ops) in cases {
        act(&two.other, vec![put("k", 0)]).await;
        let nth = ops.len() as u32;
        let under_way = two.begin(ops, |between| between.swallow(nth)).await;
        act(&two.other, vec![put("k", 2)]).await;
        let before = two.revision().await;
        two.between.let_go();
        under_way.await.unwrap().unwrap();
        assert_eq!(n_of(&two.other, "k").await, Some(2), "{name}");
        assert_eq!(two.revision().await, before, "{name}");
    }
}

#[tokio::test]
async fn a_refresh_that_is_sent_again_leaves_how_long_others_keep_an_item() {
    let Some(two) = Two::clients().await else {
        return;
    };
    let kept_for = |seconds| -> StoreOp {
        let put = Put::new(&path("a"), "k", json!({ "n": seconds }));
        put.ttl(Ttl::For(Duration::from_secs(seconds))).into()
    };
    let reads: [StoreOp; 2] = [get("k"), Search::everywhere().into()];
    for read in reads {
        act(&two.other, vec![kept_for(3_600)]).await;
        // The first answer has the item.
        let under_way = two.begin(vec![read], |between| between.swallow(2)).await;
        act(&two.other, vec![kept_for(60)]).await;
        let unread = || Get::new(&path("a"), "k").refresh(Refresh::No);
        let before = two.other.get_with(unread()).await.unwrap();
        two.between.let_go();
        under_way.await.unwrap().unwrap();
        let after = two.other.get_with(unread()).await.unwrap();
        assert_eq!(after, before);
    }
}

#[tokio::test]
async fn a_batch_that_is_cut_in_its_midst_is_not_seen_and_then_done_once() {
    let Some(two) = Two::clients().await else {
        return;
    };
    let batch = |round: usize| -> Vec<StoreOp> {
        let puts = (0..200).map(|key| put(&format!("{key:03}"), round));
        puts.collect()
    };
    act(&two.other, batch(0)).await;
    for (round, bytes) in [0, 1, 300, 4_096, 8_000].into_iter().enumerate() {
        let (before, round) = (two.revision().await, round + 1);
        let under_way = two
            .begin(batch(round), |between| between.cut_after(bytes))
            .await;
        let both = vec![get("000"), get("199")];
        let seen = two.other.batch(both.clone()).await.unwrap();
        let seen: Vec<_> = seen.iter().map(n_said).collect();
        assert_eq!(seen, [Some(round - 1); 2], "cut after {bytes} bytes");
        assert_eq!(two.revision().await, before);
        two.between.let_go();
        under_way.await.unwrap().unwrap();
        let seen = two.other.batch(both).await.unwrap();
        let seen: Vec<_> = seen.iter().map(n_said).collect();
        assert_eq!(seen, [Some(round); 2], "cut after {bytes} bytes");
        assert_eq!(two.revision().await, before + 1);
    }
}

#[tokio::test]
async fn what_a_batch_read_before_it_wrote_is_in_doubt_if_the_answer_is_lost() {
    let Some(two) = Two::clients().await else {
        return;
    };
    act(&two.other, vec![put("k", 1)]).await;
    let before = two.revision().await;
    let both = || vec![get("k"), put("k", 2)];
    let under_way = two.begin(both(), Between::swallow_next).await;
    two.between.let_go();
    let error = cause(under_way.await.unwrap());
    assert!(matches!(error, RedisError::Unreachable { .. }), "{error:?}");
    assert_eq!(n_of(&two.other, "k").await, Some(2));
    assert_eq!(two.revision().await, before + 1);

    // One that did not arrive is done, and knows what it read.
    let under_way = two.begin(both(), |between| between.cut_after(10)).await;
    two.between.let_go();
    let replies = under_way.await.unwrap().unwrap();
    assert_eq!(n_said(&replies[0]), Some(2));
}

#[tokio::test]
async fn a_batch_that_may_have_been_forgotten_is_not_done_again() {
    let Some(two) = Two::clients().await else {
        return;
    };
    for (others, is_done) in [(10_000, true), (10_001, false)] {
        act(&two.breaks, vec![put("k", 0)]).await;
        let nothing_arrives = |between: &Between| between.cut_after(0);
        let under_way = two.begin(vec![put("k", 1)], nothing_arrives).await;
        let write = format!("HINCRBY {} m:revision {others}", two.data);
        let _: u64 = tell(&two.address, &write).await;
        two.between.let_go();
        let outcome = under_way.await.unwrap();
        assert_eq!(outcome.is_ok(), is_done, "{others}: {outcome:?}");
        let want = if is_done { 1 } else { 0 };
        assert_eq!(n_of(&two.other, "k").await, Some(want), "{others}");
        if let Err(error) = outcome {
            assert!(error.is_retryable(), "{error:?}");
        }
    }
}

#[tokio::test]
async fn no_more_tokens_are_kept_than_may_be_asked_for() {
    let Some(two) = Two::clients().await else {
        return;
    };
    let tokens = async || {
        let names: Vec<String> = tell(&two.address, &format!("HKEYS {}", two.data)).await;
        let index = two.data.replace(":data", ":index");
        let listed: usize = tell(&two.address, &format!("ZLEXCOUNT {index} [d: (d;")).await;
        let kept = names.iter().filter(|name| name.starts_with("d:")).count();
        assert_eq!(kept, listed);
        kept
    };
    act(&two.other, vec![put("k", 1)]).await;
    let before = tokens().await;
    assert_eq!(before as u64, two.revision().await);
    let others = 10_000 - before;
    let write = format!("HINCRBY {} m:revision {others}", two.data);
    let _: u64 = tell(&two.address, &write).await;
    for late in 1..=before {
        act(&two.other, vec![put("k", late)]).await;
        // The oldest goes when one more would be too many.
        assert_eq!(tokens().await, before, "{late}");
    }
}
