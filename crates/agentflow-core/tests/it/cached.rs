//! Replies that stand for running a node.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::cache::{Cache, CacheKey, MemoryCache};
use agentflow_core::{
    CachePolicy, CompiledGraph, NodeContext, NodeResult, START, Send, StateGraph, StreamKind,
    StreamMode, Timestamp,
};
use futures::StreamExt;

use crate::support::{Diary, Hands, Notes, done, line};

fn graph(diary: &Diary, clock: &Hands) -> CompiledGraph<Notes> {
    let noted = diary.clone();
    let work = move |part: Arc<u32>, _: NodeContext| {
        noted.note(format!("work {part}"));
        std::future::ready(NodeResult::Ok(line(format!("part {part}"))))
    };
    StateGraph::new()
        .add_node("costly", diary.node())
        .add_node("keyed", diary.node())
        .add_send_node("work", work)
        .cache("costly", CachePolicy::default())
        .cache_by(
            "keyed",
            CachePolicy::ttl(Duration::from_micros(100)),
            |notes: &Notes| notes.n.to_string(),
        )
        .cache("work", CachePolicy::default())
        .add_edge(START, "costly")
        .add_edge("costly", "keyed")
        .add_conditional_edges(
            "keyed",
            |_: &Notes| [Send::new("work", 1_u32), Send::new("work", 2_u32)],
            ["work"],
        )
        .compile()
        .unwrap()
        .with_clock(clock.clone())
        .with_cache(MemoryCache::new())
}

#[tokio::test]
async fn an_equal_input_has_the_reply_it_had_without_a_run_until_it_is_too_old_or_cleared() {
    let (diary, clock) = (Diary::default(), Hands::default());
    let graph = graph(&diary, &clock);
    let want = ["costly", "keyed", "part 1", "part 2"];
    let run = async |thread: &str, input: Notes| {
        diary.forget();
        let log = done(graph.thread(thread).invoke(input).await).log;
        assert_eq!(log[log.len() - 4..], want, "{thread}");
        diary.read()
    };
    let all = ["costly", "keyed", "work 1", "work 2"];
    assert_eq!(run("first", Notes::default()).await, all);
    assert_eq!(run("equal", Notes::default()).await, [""; 0]);
    let longer = Notes::with(&["before"]);
    assert_eq!(run("other input, same key", longer).await, ["costly"]);
    clock.to(100);
    assert_eq!(run("too old", Notes::default()).await, ["keyed"]);
    graph.clear_cache(["costly", "work"]).await.unwrap();
    assert_eq!(
        run("cleared", Notes::default()).await,
        ["costly", "work 1", "work 2"]
    );
}

#[tokio::test]
async fn a_watcher_is_told_that_a_reply_comes_from_the_cache() {
    let (diary, clock) = (Diary::default(), Hands::default());
    let graph = graph(&diary, &clock);
    for cached in [false, true] {
        let thread = graph.thread("t");
        let events = thread.stream(Notes::default(), StreamMode::Updates);
        let told: Vec<bool> = events
            .map(|event| match event.kind {
                StreamKind::Updated { cached, .. } => cached,
                other => panic!("{other:?}"),
            })
            .collect()
            .await;
        assert_eq!(told, [cached; 4]);
    }
}

#[tokio::test]
async fn without_a_cache_a_policy_does_nothing() {
    let diary = Diary::default();
    let graph = StateGraph::new()
        .add_node("costly", diary.node())
        .cache("costly", CachePolicy::default())
        .add_edge(START, "costly")
        .compile()
        .unwrap();
    for _ in 0..2 {
        done(graph.thread("t").invoke(Notes::default()).await);
    }
    assert_eq!(diary.count("costly"), 2);
}

#[tokio::test]
async fn a_reply_that_expired_and_came_again_is_the_newest_in_its_cache() {
    let cache = MemoryCache::with_limit(2);
    let key = |input: &str| CacheKey {
        node: "n".into(),
        input: input.into(),
    };
    cache
        .put(key("a"), vec![1], Some(Timestamp(1)))
        .await
        .unwrap();
    assert_eq!(cache.get(&key("a"), Timestamp(2)).await.unwrap(), None);
    cache.put(key("b"), vec![2], None).await.unwrap();
    cache.put(key("a"), vec![3], None).await.unwrap();
    cache.put(key("c"), vec![4], None).await.unwrap();
    assert_eq!(
        cache.get(&key("a"), Timestamp(3)).await.unwrap(),
        Some(vec![3])
    );
}

#[tokio::test]
async fn a_key_decides_about_a_state_that_is_sent_too() {
    let diary = Diary::default();
    let graph = StateGraph::new()
        .add_node("keyed", diary.node())
        .cache_by("keyed", CachePolicy::default(), |notes: &Notes| {
            notes.n.to_string()
        })
        .add_conditional_edges(
            START,
            |notes: &Notes| [Send::new("keyed", notes.clone())],
            ["keyed"],
        )
        .compile()
        .unwrap()
        .with_cache(MemoryCache::new());
    for log in ["one", "two"] {
        done(graph.thread(log).invoke(Notes::with(&[log])).await);
    }
    assert_eq!(diary.read(), ["keyed"]);
}
