//! What a run may use, and what happens at the limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{NodeContext, NodeResult, RunError, RunOptions, START, Send, StateGraph};

use crate::support::{Notes, done, line, row};

#[tokio::test]
async fn a_run_at_its_limit_of_supersteps_keeps_its_state_and_can_go_on() {
    let names = ["a", "b", "c", "d", "e"];
    for (step_limit, runs) in [(6, 1), (5, 2), (2, 3), (1, 6)] {
        let options = RunOptions {
            step_limit,
            ..RunOptions::default()
        };
        let graph = row(&names).compile_with(MemoryCheckpointer::new()).unwrap();
        let graph = graph.with_options(options);
        let thread = graph.thread("t");
        let mut outcome = thread.invoke(Notes::default()).await;
        for _ in 1..runs {
            let limited =
                matches!(&outcome, Err(RunError::StepLimit { limit, .. }) if *limit == step_limit);
            assert!(limited, "{step_limit}: {outcome:?}");
            outcome = thread.proceed().await;
        }
        assert_eq!(done(outcome).log, names, "{step_limit}");
    }
}

#[tokio::test]
async fn no_more_tasks_run_at_once_than_allowed() {
    for (max_concurrency, want) in [(1, 1), (10, 10), (1_000, 100), (0, 1)] {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let seen = Arc::clone(&most);
        let worker = move |part: Arc<u32>, _: NodeContext| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                now.fetch_sub(1, Ordering::Relaxed);
                NodeResult::Ok(line(part.to_string()))
            }
        };
        let sends = |_: &Notes| {
            (0..100_u32)
                .map(|part| Send::new("w", part))
                .collect::<Vec<_>>()
        };
        let graph = StateGraph::new()
            .add_send_node("w", worker)
            .add_conditional_edges(START, sends, ["w"])
            .compile()
            .unwrap()
            .with_options(RunOptions {
                max_concurrency,
                ..RunOptions::default()
            });
        let state = done(graph.thread("t").invoke(Notes::default()).await);
        assert_eq!(
            state.log,
            (0..100).map(|part| part.to_string()).collect::<Vec<_>>()
        );
        assert_eq!(seen.load(Ordering::Relaxed), want, "{max_concurrency}");
    }
}

#[tokio::test]
async fn a_run_that_never_waits_gives_others_a_turn() {
    let graph = row(&["a"]).add_edge("a", "a").compile().unwrap();
    let options = RunOptions {
        step_limit: u64::MAX,
        ..RunOptions::default()
    };
    let graph = graph.with_options(options);
    let endless = graph.thread("t");
    tokio::select! {
        biased;
        outcome = endless.invoke(Notes::default()) => panic!("it has no end: {outcome:?}"),
        () = tokio::task::yield_now() => {}
    }
}
