//! Attempts of a node: how many, how far apart, and what becomes of one that took too long.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::{
    BoxError, NodeContext, NodeError, NodeResult, NodeTimeout, RetryPolicy, RetryWhen, RunError,
    START, Send, StateGraph, StreamMode, TimeoutKind,
};
use tokio::time::Instant;

use crate::rules_rig::{all_told, events, fails, kept, one};
use crate::support::{Diary, Notes, done, line};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn attempts_are_counted_from_one_and_share_what_was_done_once() {
    let diary = Diary::default();
    let (noted, began) = (diary.clone(), Instant::now());
    let node = move |_: Arc<Notes>, cx: NodeContext| {
        let noted = noted.clone();
        async move {
            let now = began.elapsed().as_millis() / 100;
            let first: u64 = cx
                .once("began", async || NodeResult::Ok(now as u64))
                .await?;
            noted.note(format!("{} at {now}, since {first}", cx.attempt()));
            NodeResult::Err(NodeError::failed("broken"))
        }
    };
    let graph = kept(one(node).retry("a", RetryPolicy::default()));
    let failed = graph.thread("t").invoke(Notes::default()).await;
    assert!(
        matches!(failed, Err(RunError::NodeFailed { attempt: 3, .. })),
        "{failed:?}"
    );
    assert_eq!(
        diary.read(),
        ["1 at 0, since 0", "2 at 5, since 0", "3 at 15, since 0"]
    );
}

#[tokio::test(start_paused = true)]
async fn each_of_several_policies_counts_only_the_failures_it_decides_about() {
    let policy = |max_attempts, when| RetryPolicy {
        max_attempts,
        when: RetryWhen::If(when),
        ..RetryPolicy::default()
    };
    let is_key: fn(&BoxError) -> bool = |error| error.to_string() == "key";
    let is_value: fn(&BoxError) -> bool = |error| error.to_string() == "value";
    for (name, failures, want) in [
        (
            "each has attempts left",
            &["key", "value", "key"][..],
            Ok(4),
        ),
        (
            "the keys are used up",
            &["key", "value", "key", "key"],
            Err(4),
        ),
        ("the values are used up", &["key", "value", "value"], Err(3)),
        ("no policy fits", &["other"], Err(1)),
    ] {
        let node = move |_: Arc<Notes>, cx: NodeContext| async move {
            match failures.get(cx.attempt() as usize - 1) {
                Some(failure) => Err(NodeError::failed(*failure)),
                None => Ok(Notes::update_n(cx.attempt())),
            }
        };
        let graph = one(node)
            .retry("a", policy(3, is_key))
            .retry("a", policy(2, is_value));
        match (kept(graph).thread("t").invoke(Notes::default()).await, want) {
            (Ok(outcome), Ok(attempts)) => assert_eq!(done(Ok(outcome)).n, attempts, "{name}"),
            (Err(RunError::NodeFailed { attempt, .. }), Err(attempts)) => {
                assert_eq!(attempt, attempts, "{name}");
            }
            (other, _) => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_ones_own_and_one_of_the_node_are_both_worth_another_attempt() {
    let own = |_: Arc<Notes>, cx: NodeContext| async move {
        match cx.attempt() {
            1 => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
            attempt => Ok(Notes::update_n(attempt)),
        }
    };
    let of_the_node = |_: Arc<Notes>, cx: NodeContext| async move {
        if cx.attempt() == 1 {
            std::future::pending::<()>().await;
        }
        Ok(Notes::update_n(cx.attempt()))
    };
    for graph in [one(own), one(of_the_node).timeout("a", SECOND)] {
        let graph = kept(graph.retry("a", RetryPolicy::default()));
        assert_eq!(done(graph.thread("t").invoke(Notes::default()).await).n, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn jitter_is_added_to_the_longest_wait_and_is_the_same_in_a_replay() {
    let policy = RetryPolicy {
        max_attempts: 2,
        first_delay: 4 * SECOND,
        max_delay: 2 * SECOND,
        jitter: SECOND,
        ..RetryPolicy::default()
    };
    let mut waits = Vec::new();
    for _ in 0..2 {
        let began = Instant::now();
        let graph = kept(one(fails(1)).retry("a", policy));
        done(graph.thread("t").invoke(Notes::default()).await);
        waits.push(began.elapsed());
    }
    assert_eq!(waits[0], waits[1]);
    assert!(waits[0] > 2 * SECOND && waits[0] < 3 * SECOND, "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn what_an_attempt_that_was_timed_out_says_later_is_not_heard() {
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        cx.emit(format!("early {}", cx.attempt())).await?;
        if cx.attempt() == 1 {
            let late = cx.clone();
            tokio::spawn(async move {
                tokio::time::sleep(2 * SECOND).await;
                late.emit("late").await.unwrap();
            });
            std::future::pending::<()>().await;
        }
        Ok(line(format!("attempt {}", cx.attempt())))
    };
    let waits = |_: Arc<Notes>, cx: NodeContext| async move {
        cx.sleep(5 * SECOND).await;
        NodeResult::Ok(line("after"))
    };
    let graph = one(node)
        .timeout("a", SECOND)
        .retry("a", RetryPolicy::default())
        .add_node("after", waits)
        .add_edge("a", "after");
    let graph = kept(graph);
    let thread = graph.thread("t");
    let heard = events(&thread, Notes::default(), StreamMode::Custom).await;
    assert_eq!(
        all_told(&heard),
        [r#"1: a says "early 1""#, r#"1: a says "early 2""#]
    );
    assert_eq!(done(thread.proceed().await).log, ["attempt 2", "after"]);
}

#[tokio::test(start_paused = true)]
async fn a_send_may_bring_a_timeout_of_its_own() {
    let node = |n: Arc<u32>, cx: NodeContext| async move {
        cx.sleep(5 * SECOND).await;
        NodeResult::Ok(line(n.to_string()))
    };
    for (limit, fails) in [(SECOND, true), (20 * SECOND, false)] {
        let sends = move |_: &Notes| [Send::new("w", 1_u32), Send::new("w", 2_u32).timeout(limit)];
        let graph = StateGraph::new()
            .add_send_node("w", node)
            .timeout("w", 10 * SECOND)
            .add_conditional_edges(START, sends, ["w"]);
        let ended = kept(graph).thread("t").invoke(Notes::default()).await;
        if !fails {
            assert_eq!(done(ended).log, ["1", "2"]);
            continue;
        }
        let Err(RunError::NodeFailed { source, .. }) = &ended else {
            panic!("{ended:?}")
        };
        let timeout = source.downcast_ref::<NodeTimeout>().unwrap();
        assert_eq!((timeout.kind, timeout.limit), (TimeoutKind::Run, limit));
    }
}
