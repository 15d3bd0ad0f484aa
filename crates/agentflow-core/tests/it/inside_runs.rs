//! Graphs inside as they run: in handlers, under limits, on slow stores; and handles on
//! them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use agentflow_core::checkpoint::{
    Capabilities, Capability, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery,
    Event, EventId, HistoryPage, Lease, LeaseGrant, LeaseRequest, MemoryCheckpointer, Prune,
    RecordsRequest, Stored, Wake,
};
use agentflow_core::{
    CheckpointId, CompiledGraph, Namespace, NodeContext, NodeError, NodeFailure, NodeResult,
    RetryPolicy, RunError, START, StateGraph, ThreadId, TimeoutPolicy, Timestamp,
};
use async_trait::async_trait;

use crate::support::{Diary, Hands, Notes, NotesUpdate, asked, done, line, row, step};

async fn ask(_: Arc<Notes>, cx: NodeContext) -> NodeResult<NotesUpdate> {
    Ok(line(cx.interrupt::<String>("?")?))
}

fn mapped(inner: CompiledGraph<Notes>) -> StateGraph<Notes> {
    StateGraph::new()
        .add_subgraph(
            "sub",
            inner,
            |_: &Notes| Notes::default(),
            |inner: Notes| Notes::update().log(inner.log),
        )
        .add_edge(START, "sub")
}

#[tokio::test]
async fn a_handler_may_run_a_graph_where_its_node_was_one() {
    let failing = StateGraph::new()
        .add_node("bad", |_: Arc<Notes>, _: NodeContext| async {
            Err::<NotesUpdate, _>(NodeError::failed(std::io::Error::other("no")))
        })
        .add_edge(START, "bad")
        .compile()
        .unwrap();
    let rescue = row(&["rescue"]).compile().unwrap();
    let handler = move |_: Arc<Notes>, _: NodeFailure, cx: NodeContext| {
        let rescue = rescue.clone();
        async move {
            NodeResult::Ok(Notes::update().log(cx.invoke(&rescue, Notes::default()).await?.log))
        }
    };
    let graph = mapped(failing)
        .on_error("sub", handler)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["rescue"]
    );
}

/// A store that finishes a commit whose caller has gone, some time later: as one does that
/// hands its writes to a queue.
#[derive(Clone, Debug, Default)]
struct Queued(Arc<MemoryCheckpointer>, Arc<AtomicBool>);

#[async_trait]
impl Checkpointer for Queued {
    fn backend(&self) -> &'static str {
        "queued"
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL.without(Capability::StreamLog)
    }
    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        let (memory, inside) = (Arc::clone(&self.0), !request.namespace.is_root());
        let late = inside
            && request.checkpoint.id == CheckpointId(3)
            && !self.1.swap(true, Ordering::SeqCst);
        let work = tokio::spawn(async move {
            if late {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            memory.commit(request).await
        });
        work.await.unwrap()
    }
    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        self.0.save_records(request).await
    }
    async fn load(
        &self,
        t: &ThreadId,
        n: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        self.0.load(t, n, id).await
    }
    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        self.0.history(page).await
    }
    async fn delete_thread(&self, t: &ThreadId) -> Result<(), CheckpointError> {
        self.0.delete_thread(t).await
    }
    async fn acquire_lease(&self, r: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        self.0.acquire_lease(r).await
    }
    async fn renew_lease(
        &self,
        l: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        self.0.renew_lease(l, now, ttl).await
    }
    async fn release_lease(&self, l: &Lease) -> Result<(), CheckpointError> {
        self.0.release_lease(l).await
    }
    async fn deliver(&self, d: Delivery) -> Result<EventId, CheckpointError> {
        self.0.deliver(d).await
    }
    async fn events(&self, t: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        self.0.events(t).await
    }
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        self.0.due(now, limit).await
    }
    async fn snooze(&self, t: &ThreadId, w: Wake) -> Result<(), CheckpointError> {
        self.0.snooze(t, w).await
    }
    async fn copy_thread(&self, f: &ThreadId, t: &ThreadId) -> Result<(), CheckpointError> {
        self.0.copy_thread(f, t).await
    }
    async fn prune(&self, t: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        self.0.prune(t, what).await
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_timed_out_with_a_commit_in_flight_does_not_spoil_the_next_one() {
    let slow = |_: Arc<Notes>, _: NodeContext| async {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        NodeResult::Ok(line("i1"))
    };
    let inner = StateGraph::new()
        .add_node("i1", slow)
        .add_node("i2", step)
        .add_edge(START, "i1")
        .add_edge("i1", "i2")
        .compile()
        .unwrap();
    let retry = RetryPolicy {
        first_delay: Duration::from_millis(1),
        max_attempts: 5,
        ..RetryPolicy::default()
    };
    let graph = mapped(inner)
        .timeout("sub", Duration::from_secs(2))
        .retry("sub", retry)
        .compile_with(Queued::default())
        .unwrap();
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["i1", "i2"]
    );
}

#[tokio::test]
async fn a_graph_inside_that_works_keeps_its_node_from_falling_idle() {
    let clock = Hands::default();
    let works = |until: i64| {
        let clock = clock.clone();
        move |_: Arc<Notes>, _: NodeContext| {
            let clock = clock.clone();
            async move {
                clock.to(until);
                for _ in 0..5 {
                    tokio::task::yield_now().await;
                }
                NodeResult::Ok(line(until.to_string()))
            }
        }
    };
    let inner = |last: i64| {
        StateGraph::new()
            .add_node("a", works(800_000))
            .add_node("b", works(1_600_000))
            .add_node("c", works(last))
            .add_edge(START, "a")
            .add_sequence(["a", "b", "c"])
            .compile()
            .unwrap()
    };
    let ends = async |last: i64| {
        clock.to(0);
        let graph = mapped(mapped(inner(last)).compile().unwrap())
            .timeout("sub", TimeoutPolicy::idle(Duration::from_secs(1)))
            .compile_with(MemoryCheckpointer::new())
            .unwrap()
            .with_clock(clock.clone());
        graph.thread("t").invoke(Notes::default()).await
    };
    assert_eq!(done(ends(2_400_000).await).log.len(), 3);
    let idle = ends(2_700_000).await;
    assert!(matches!(idle, Err(RunError::NodeFailed { .. })), "{idle:?}");
}

#[tokio::test]
async fn a_handle_inside_does_not_take_the_outer_checkpoint_for_its_own() {
    let inner = row(&["i1"])
        .add_node("ask", ask)
        .add_edge("i1", "ask")
        .compile()
        .unwrap();
    let graph = row(&["a", "b", "c", "d"])
        .add_subgraph(
            "sub",
            inner.clone(),
            |_: &Notes| Notes::default(),
            |inner: Notes| Notes::update().log(inner.log),
        )
        .add_edge("d", "sub")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let now = thread.state().await.unwrap().unwrap();
    let place = now.tasks[0].inner.clone();
    assert!(
        thread
            .inside(&inner, place.clone())
            .state()
            .await
            .unwrap()
            .is_some(),
        "control"
    );
    let at = thread.clone().at(now.checkpoint);
    assert!(at.inside(&inner, place).state().await.is_ok());
}

#[tokio::test]
async fn a_graph_inside_says_which_context_it_needs_before_anything_runs() {
    let diary = Diary::default();
    let inner = StateGraph::new()
        .add_node("i", step)
        .needs_context::<u32>()
        .add_edge(START, "i")
        .compile()
        .unwrap();
    let graph = StateGraph::new()
        .add_node("first", diary.node())
        .add_subgraph(
            "sub",
            inner,
            |_: &Notes| Notes::default(),
            |inner: Notes| Notes::update().log(inner.log),
        )
        .add_edge(START, "first")
        .add_edge("first", "sub")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let ended = graph.thread("t").invoke(Notes::default()).await;
    assert!(
        matches!(ended, Err(RunError::NoContext { .. })),
        "{ended:?}"
    );
    assert_eq!(diary.read(), [""; 0]);
}

#[tokio::test]
async fn a_graph_that_a_node_calls_says_which_context_it_needs_before_it_begins() {
    let diary = Diary::default();
    let inner = StateGraph::new()
        .add_node("i", diary.node())
        .needs_context::<u32>()
        .add_edge(START, "i")
        .compile()
        .unwrap();
    let calls = move |_: Arc<Notes>, cx: NodeContext| {
        let inner = inner.clone();
        async move {
            let ended = cx.invoke(&inner, Notes::default()).await?;
            NodeResult::Ok(Notes::update().log(ended.log))
        }
    };
    let graph = StateGraph::new()
        .add_node("calls", calls)
        .add_edge(START, "calls")
        .compile()
        .unwrap();
    let thread = graph.thread("t");
    let error = thread.invoke(Notes::default()).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("a context of type `u32`"), "{source}");
    assert_eq!(diary.read(), [""; 0]);
    let with = thread.with_context(7_u32).invoke(Notes::default()).await;
    assert_eq!(done(with).log, ["i"]);
}
