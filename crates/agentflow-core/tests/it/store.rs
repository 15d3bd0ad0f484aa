//! Long-term memory in graphs.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::store::{
    MemoryStore, Put, Search, Store, StoreError, StoreExt, StoreOp, StoreOptions, StorePath,
    StoreReply, Ttl,
};
use agentflow_core::{
    Clock, CompiledGraph, NodeContext, NodeResult, RunError, START, StateGraph, Timestamp,
};
use async_trait::async_trait;
use futures::future::BoxFuture;
use serde_json::json;

use crate::support::{Notes, NotesUpdate, done, line};

fn path() -> StorePath {
    StorePath::new(["notes", "all"]).unwrap()
}

/// Appends what other threads remembered, and remembers this one.
async fn remember(_: Arc<Notes>, cx: NodeContext) -> NodeResult<NotesUpdate> {
    let store = cx.store()?;
    let before = store.search(Search::under(&path())).await?;
    let before: Vec<String> = before.into_iter().map(|found| found.item.key).collect();
    store
        .put(
            &path(),
            cx.thread().as_str(),
            json!({ "node": cx.node().as_str() }),
        )
        .await?;
    Ok(line(before.join(" ")))
}

fn graph() -> CompiledGraph<Notes> {
    let graph = StateGraph::new().add_node("remember", remember);
    graph.add_edge(START, "remember").compile().unwrap()
}

#[tokio::test]
async fn threads_share_what_their_nodes_remember() {
    let store = Arc::new(MemoryStore::new());
    for checkpointed in [false, true] {
        let mut graph = graph().with_store(Arc::clone(&store));
        if checkpointed {
            graph = graph.with_checkpointer(MemoryCheckpointer::new());
        }
        // A clone has the same store.
        let graph = graph.clone();
        store.delete(&path(), "anna").await.unwrap();
        store.delete(&path(), "ben").await.unwrap();
        for (thread, before) in [("anna", ""), ("ben", "anna"), ("anna", "anna ben")] {
            let notes = done(graph.thread(thread).invoke(Notes::default()).await);
            assert_eq!(
                notes.log.last().map(String::as_str),
                Some(before),
                "{thread}"
            );
        }
    }
    let item = store.get(&path(), "ben").await.unwrap().unwrap();
    assert_eq!(item.value, json!({ "node": "remember" }));
}

#[tokio::test]
async fn graphs_inside_use_the_store_of_the_outermost() {
    let (outer, inner) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
    let called = graph().with_store(Arc::clone(&inner));
    let call = move |_: Arc<Notes>, cx: NodeContext| {
        let called = called.clone();
        async move {
            let notes: Notes = cx.invoke(&called, Notes::default()).await?;
            Ok(Notes::update().log(notes.log))
        }
    };
    let graph = StateGraph::new()
        .add_subgraph(
            "added",
            graph(),
            |_: &Notes| Notes::default(),
            |inner: Notes| Notes::update().log(inner.log),
        )
        .add_node("call", call)
        .add_edge(START, "added")
        .add_edge("added", "call")
        .compile()
        .unwrap()
        .with_store(Arc::clone(&outer));
    let notes = done(graph.thread("t").invoke(Notes::default()).await);
    assert_eq!(notes.log, ["", "t"]);
    assert!(outer.get(&path(), "t").await.unwrap().is_some());
    assert_eq!(inner.search(Search::everywhere()).await.unwrap(), []);
}

#[tokio::test]
async fn without_a_store_the_run_says_what_to_call() {
    let ended = graph().thread("t").invoke(Notes::default()).await;
    let Err(RunError::NodeFailed { source, .. }) = ended else {
        panic!("there is no store: {ended:?}")
    };
    assert_eq!(
        source.to_string(),
        "this run has no store: call `with_store` on its outermost graph"
    );
}

/// Answers every operation alike, and fails to sweep now and then.
#[derive(Debug, Default)]
struct Confused {
    sweeps: std::sync::atomic::AtomicU32,
}

#[async_trait]
impl Store for Confused {
    fn backend(&self) -> &'static str {
        "confused"
    }
    async fn batch(&self, ops: Vec<StoreOp>) -> Result<Vec<StoreReply>, StoreError> {
        Ok(ops.iter().map(|_| StoreReply::Paths(Vec::new())).collect())
    }
    async fn sweep(&self) -> Result<u64, StoreError> {
        let (backend, source) = ("confused", "asleep".into());
        match self
            .sweeps
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed)
        {
            0 => Err(StoreError::Unavailable { backend, source }),
            1 => Ok(7),
            _ => Err(StoreError::Backend { backend, source }),
        }
    }
}

#[tokio::test]
async fn a_backend_that_answers_something_else_is_told_so() {
    let refused = Confused::default().get(&path(), "k").await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "confused gave no answer to a get; this is a mistake in that backend"
    );
    assert_eq!(
        Confused::default()
            .list_paths(Default::default())
            .await
            .unwrap(),
        []
    );
}

/// Sleeps are over at once; each moves the time.
#[derive(Debug, Default)]
struct Hurried(std::sync::atomic::AtomicI64);

impl Clock for Hurried {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(std::sync::atomic::Ordering::Relaxed))
    }
    fn sleep(&self, wait: Duration) -> BoxFuture<'static, ()> {
        let wait = i64::try_from(wait.as_micros()).unwrap();
        self.0.fetch_add(wait, std::sync::atomic::Ordering::Relaxed);
        Box::pin(async {})
    }
}

#[tokio::test]
async fn sweeping_goes_on_after_what_may_pass_and_ends_with_what_does_not() {
    let clock = Hurried::default();
    let ended = Confused::default()
        .keep_sweeping(Duration::from_secs(5), &clock)
        .await;
    assert!(
        matches!(ended, Err(StoreError::Backend { .. })),
        "{ended:?}"
    );
    assert_eq!(clock.now(), Timestamp(15_000_000));
}

#[tokio::test]
async fn a_store_goes_by_the_clock_that_it_is_given() {
    let clock = Arc::new(Hurried::default());
    let options = StoreOptions {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..StoreOptions::default()
    };
    let store = MemoryStore::with_options(options);
    let minute = Duration::from_secs(60);
    let put = Put::new(&path(), "k", json!({})).ttl(Ttl::For(minute));
    store.put_with(put).await.unwrap();
    assert_eq!(store.sweep().await.unwrap(), 0);
    clock.sleep(minute).await;
    assert_eq!(store.sweep().await.unwrap(), 1);
}
