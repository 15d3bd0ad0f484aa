//! Runs that stop in the middle, and those that go on after them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    CompiledGraph, Durability, HistoryQuery, NodeContext, NodeError, NodeResult, RunError,
    RunOptions, START, StateGraph,
};

use crate::support::{Call, Diary, Notes, Tampered, crash, done, line, row, step};

/// `good` and `bad` side by side; `bad` does `first` the first time.
fn half_failing<F, Fut>(diary: &Diary, first: F) -> StateGraph<Notes>
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = NodeResult<()>> + Send + 'static,
{
    let times = AtomicU32::new(0);
    let bad = move |_: Arc<Notes>, _: NodeContext| {
        let first = (times.fetch_add(1, Ordering::Relaxed) == 0).then(&first);
        async move {
            if let Some(first) = first {
                first.await?;
            }
            NodeResult::Ok(line("bad"))
        }
    };
    StateGraph::new()
        .add_node("bad", bad)
        .add_node("good", diary.node())
        .add_node("after", step)
        .add_edge(START, "good")
        .add_edge(START, "bad")
        .add_join(["good", "bad"], "after")
}

#[tokio::test]
async fn a_finished_sibling_of_a_failure_is_kept_and_does_not_run_again() {
    let diary = Diary::default();
    // It fails only after `good` has finished.
    let fails = || async {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        Err(NodeError::failed("broken"))
    };
    let graph = half_failing(&diary, fails)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let error = thread.invoke(Notes::default()).await.unwrap_err();
    assert!(matches!(&error, RunError::NodeFailed { node, .. } if node.as_str() == "bad"));
    let state = thread.state().await.unwrap().unwrap();
    assert_eq!(
        (&state.values.log[..], &state.next[..]),
        (&["good".to_owned()][..], &["bad".into()][..])
    );
    assert_eq!(
        state.step.0, 0,
        "the checkpoint is the one before the superstep"
    );
    assert_eq!(done(thread.proceed().await).log, ["bad", "good", "after"]);
    assert_eq!(diary.count("good"), 1);
}

#[tokio::test]
async fn a_dropped_run_is_gone_on_with_at_once() {
    for durability in [Durability::Sync, Durability::Async] {
        let diary = Diary::default();
        let graph = half_failing(&diary, || async { std::future::pending().await })
            .compile_with(Tampered::new())
            .unwrap()
            .with_options(RunOptions {
                durability,
                ..RunOptions::default()
            });
        let thread = graph.thread("t");
        crash(thread.invoke(Notes::default())).await;
        assert_eq!(done(thread.proceed().await).log, ["bad", "good", "after"]);
        if durability == Durability::Sync {
            assert_eq!(diary.count("good"), 1);
        }
    }
}

#[tokio::test]
async fn in_exit_a_dropped_run_leaves_nothing() {
    let diary = Diary::default();
    let graph = half_failing(&diary, || async { std::future::pending().await })
        .compile_with(Tampered::new())
        .unwrap()
        .with_options(RunOptions {
            durability: Durability::Exit,
            ..RunOptions::default()
        });
    let thread = graph.thread("t");
    crash(thread.invoke(Notes::default())).await;
    assert!(matches!(
        thread.proceed().await,
        Err(RunError::EmptyThread { .. })
    ));
    assert_eq!(
        done(thread.invoke(Notes::default()).await).log,
        ["bad", "good", "after"]
    );
    assert_eq!(
        thread.history(HistoryQuery::default()).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn a_new_input_discards_a_half_finished_superstep() {
    let diary = Diary::default();
    let graph = half_failing(&diary, || async { std::future::pending().await });
    let graph = graph.compile_with(Tampered::new()).unwrap();
    let thread = graph.thread("t");
    crash(thread.invoke(Notes::with(&["one"]))).await;
    let state = done(thread.invoke(Notes::with(&["two"])).await);
    assert_eq!(state.log, ["one", "two", "bad", "good", "after"]);
    assert_eq!(diary.count("good"), 2);
}

#[tokio::test]
async fn a_panic_of_a_node_is_its_failure() {
    let diary = Diary::default();
    let panics = || async { panic!("by mistake") };
    let graph = half_failing(&diary, panics)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let error = thread.invoke(Notes::default()).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "the node panicked: by mistake");
    assert_eq!(done(thread.proceed().await).log, ["bad", "good", "after"]);
}

fn kept(store: &Tampered, durability: Durability) -> CompiledGraph<Notes> {
    let side_by_side = row(&["a", "b"]).add_node("c", step).add_edge(START, "c");
    let options = RunOptions {
        durability,
        ..RunOptions::default()
    };
    side_by_side
        .compile_with(store.clone())
        .unwrap()
        .with_options(options)
}

#[tokio::test]
async fn a_store_that_fails_fails_the_run_and_loses_nothing() {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        for call in [Call::Acquire, Call::Load, Call::Commit, Call::SaveRecords] {
            for passes in 0..4 {
                let store = Tampered::new();
                let graph = kept(&store, durability);
                let thread = graph.thread("t");
                store.refuse(call, passes, 1);
                let name = format!("{durability:?} {call:?} after {passes}");
                let first = match thread.invoke(Notes::default()).await {
                    Ok(outcome) => Ok(outcome),
                    Err(error) => {
                        assert!(error.is_retryable(), "{name}: {error}");
                        match thread.proceed().await {
                            Err(RunError::EmptyThread { .. }) => {
                                thread.invoke(Notes::default()).await
                            }
                            proceeded => proceeded,
                        }
                    }
                };
                assert_eq!(done(first).log, ["a", "c", "b"], "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_store_that_is_away_under_a_node_is_one_to_wait_for() {
    let effect = |_: Arc<Notes>, cx: NodeContext| async move {
        cx.once("told", || async { NodeResult::Ok(()) }).await?;
        NodeResult::Ok(line("done"))
    };
    let alone = || {
        StateGraph::new()
            .add_node("effect", effect)
            .add_edge(START, "effect")
    };
    let inside = alone().compile().unwrap();
    let around = StateGraph::new()
        .add_shared_subgraph("inside", inside)
        .add_edge(START, "inside");
    for (name, graph) in [("a node", alone()), ("a node of a graph inside", around)] {
        let store = Tampered::new();
        let graph = graph.compile_with(store.clone()).unwrap();
        let thread = graph.thread("t");
        store.refuse(Call::SaveRecords, 0, 1);
        let error = thread.invoke(Notes::default()).await.unwrap_err();
        assert!(matches!(error, RunError::NodeFailed { .. }), "{name}");
        assert!(error.is_retryable(), "{name}: {error}");
        assert_eq!(done(thread.proceed().await).log, ["done"], "{name}");
    }
    let broken =
        |_: Arc<Notes>, _: NodeContext| async { Err::<(), _>(NodeError::failed("a mistake")) };
    let graph = StateGraph::new()
        .add_node("broken", broken)
        .add_edge(START, "broken")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let error = graph.thread("t").invoke(Notes::default()).await;
    assert!(!error.unwrap_err().is_retryable());
}

#[tokio::test]
async fn the_same_inputs_make_the_same_checkpoints() {
    let mut all = Vec::new();
    for turns in [[0, 3], [3, 0]] {
        let store = Arc::new(MemoryCheckpointer::new());
        let node = move |turns: usize| {
            move |_: Arc<Notes>, cx: NodeContext| async move {
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
                NodeResult::Ok(line(cx.node().as_str()))
            }
        };
        let graph = StateGraph::new()
            .add_node("a", node(turns[0]))
            .add_node("b", node(turns[1]))
            .add_node("c", step)
            .add_edge(START, "a")
            .add_edge(START, "b")
            .add_join(["a", "b"], "c")
            .compile_with(Arc::clone(&store))
            .unwrap();
        let thread = graph.thread("t");
        done(thread.invoke(Notes::with(&["input"])).await);
        let mut history = thread.history(HistoryQuery::default()).await.unwrap();
        history
            .iter_mut()
            .for_each(|it| it.created_at = agentflow_core::Timestamp(0));
        all.push(history);
    }
    assert_eq!(all[0], all[1]);
}
