//! One writer per thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use agentflow_core::checkpoint::{
    CheckpointError, Checkpointer, LeaseRequest, MemoryCheckpointer, OwnerId, Takeover,
};
use agentflow_core::{NodeContext, NodeResult, RunError, RunOptions, START, StateGraph, Timestamp};

use crate::support::{Call, Notes, Tampered, done, line};

/// A graph whose only node waits to be told.
fn waiting(told: &Arc<tokio::sync::Notify>) -> StateGraph<Notes> {
    let told = Arc::clone(told);
    let node = move |_: Arc<Notes>, _: NodeContext| {
        let told = Arc::clone(&told);
        async move {
            told.notified().await;
            NodeResult::Ok(line("a"))
        }
    };
    StateGraph::new().add_node("a", node).add_edge(START, "a")
}

fn wish(takeover: Takeover) -> LeaseRequest {
    LeaseRequest {
        thread: "t".into(),
        owner: OwnerId("another machine/1/1/1".into()),
        now: Timestamp(0),
        ttl: Duration::from_secs(3_600 * 24 * 365 * 200),
        takeover,
    }
}

#[tokio::test]
async fn a_second_run_of_a_thread_is_told_that_it_is_busy() {
    let told = Arc::default();
    let graph = waiting(&told)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let (first, second) = (graph.thread("t"), graph.thread("t"));
    let mut running = Box::pin(first.invoke(Notes::default()));
    assert!(futures::poll!(running.as_mut()).is_pending());
    let busy = second.invoke(Notes::default()).await.unwrap_err();
    assert!(matches!(busy, RunError::ThreadBusy { .. }), "{busy:?}");
    assert!(busy.is_retryable());
    told.notify_one();
    assert_eq!(done(running.await).log, ["a"]);
    told.notify_one();
    assert_eq!(done(second.invoke(Notes::default()).await).log, ["a", "a"]);
}

#[tokio::test]
async fn of_many_runs_at_once_each_counts_or_is_told_to_wait() {
    let told: Arc<tokio::sync::Notify> = Arc::default();
    let graph = waiting(&told).compile_with(Tampered::new()).unwrap();
    let runs = (0..10).map(|_| {
        let (graph, told) = (graph.clone(), Arc::clone(&told));
        async move {
            loop {
                told.notify_one();
                match graph.thread("t").invoke(Notes::default()).await {
                    Ok(_) => return,
                    Err(RunError::ThreadBusy { .. }) => tokio::task::yield_now().await,
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
    });
    futures::future::join_all(runs).await;
    let state = graph.thread("t").state().await.unwrap().unwrap();
    assert_eq!(state.values.log.len(), 10);
}

#[tokio::test]
async fn a_lease_of_another_machine_holds_until_it_runs_out() {
    let store = Arc::new(MemoryCheckpointer::new());
    store.acquire_lease(wish(Takeover::Expired)).await.unwrap();
    let graph = waiting(&Arc::default()).compile_with(store).unwrap();
    let busy = graph.thread("t").invoke(Notes::default()).await;
    assert!(matches!(busy, Err(RunError::ThreadBusy { .. })), "{busy:?}");
}

#[tokio::test]
async fn a_run_whose_lease_was_taken_over_writes_nothing_more() {
    let (store, told) = (Arc::new(MemoryCheckpointer::new()), Arc::default());
    let graph = waiting(&told).compile_with(Arc::clone(&store)).unwrap();
    let thread = graph.thread("t");
    let mut running = Box::pin(thread.invoke(Notes::default()));
    assert!(futures::poll!(running.as_mut()).is_pending());
    let before = store
        .load(&"t".into(), &agentflow_core::Namespace::root(), None)
        .await
        .unwrap();
    let taken = Takeover::FromGone(agentflow_core::checkpoint::Epoch(1));
    store.acquire_lease(wish(taken)).await.unwrap();
    told.notify_one();
    let error = running.await.unwrap_err();
    let fenced = matches!(
        &error,
        RunError::Checkpoint {
            source: CheckpointError::Fenced { .. },
            ..
        }
    );
    assert!(fenced, "{error:?}");
    let after = store
        .load(&"t".into(), &agentflow_core::Namespace::root(), None)
        .await
        .unwrap();
    assert_eq!(before, after);
}

#[tokio::test(start_paused = true)]
async fn a_long_task_keeps_its_lease() {
    let store = Tampered::new();
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        cx.sleep(Duration::from_secs(95)).await;
        NodeResult::Ok(line("a"))
    };
    let graph = StateGraph::new().add_node("a", node).add_edge(START, "a");
    let options = RunOptions {
        lease_ttl: Duration::from_secs(30),
        ..RunOptions::default()
    };
    let graph = graph
        .compile_with(store.clone())
        .unwrap()
        .with_options(options);
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["a"]
    );
    assert_eq!(
        store.renewals.load(Ordering::Relaxed),
        9,
        "every ten seconds"
    );
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_lease_runs_out_unrenewed_ends_before_another_can_do_its_work() {
    let store = Tampered::new();
    let graph = waiting(&Arc::default())
        .compile_with(store.clone())
        .unwrap();
    store.refuse(Call::Renew, 0, u32::MAX);
    let error = graph
        .thread("t")
        .invoke(Notes::default())
        .await
        .unwrap_err();
    let ran_out = matches!(
        &error,
        RunError::Checkpoint {
            source: CheckpointError::Unavailable { .. },
            ..
        }
    );
    assert!(ran_out, "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_lost_its_lease_while_a_task_runs_ends() {
    let store = Arc::new(MemoryCheckpointer::new());
    let graph = waiting(&Arc::default())
        .compile_with(Arc::clone(&store))
        .unwrap();
    let thread = graph.thread("t");
    let mut running = Box::pin(thread.invoke(Notes::default()));
    assert!(futures::poll!(running.as_mut()).is_pending());
    let taken = Takeover::FromGone(agentflow_core::checkpoint::Epoch(1));
    store.acquire_lease(wish(taken)).await.unwrap();
    assert!(matches!(running.await, Err(RunError::Checkpoint { .. })));
}
