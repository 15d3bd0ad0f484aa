//! What the tests of rules share: nodes that ask or fail when they are told to, and short
//! views of a history and of what watchers hear.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use agentflow_core::checkpoint::{Checkpoint, MemoryCheckpointer};
use agentflow_core::{
    CheckpointId, CompiledGraph, Durability, HistoryQuery, NodeContext, NodeError, NodeResult,
    RunInput, RunOptions, START, State, StateGraph, StateSnapshot, StreamEvent, StreamKind,
    StreamModes, Thread,
};
use futures::StreamExt;
use futures::future::BoxFuture;

use crate::support::{Notes, NotesUpdate, line};

/// The graph on a memory store of its own.
pub(crate) fn kept(graph: StateGraph<Notes>) -> CompiledGraph<Notes> {
    graph.compile_with(MemoryCheckpointer::new()).unwrap()
}

/// The graph with this durability.
pub(crate) fn durable<S: State>(
    graph: CompiledGraph<S>,
    durability: Durability,
) -> CompiledGraph<S> {
    graph.with_options(RunOptions {
        durability,
        ..RunOptions::default()
    })
}

/// A graph of one node, `a`.
pub(crate) fn one<F, Fut>(node: F) -> StateGraph<Notes>
where
    F: Fn(Arc<Notes>, NodeContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = NodeResult<NotesUpdate>> + Send + 'static,
{
    StateGraph::new().add_node("a", node).add_edge(START, "a")
}

/// A node that asks for a word and appends it behind its name.
pub(crate) async fn ask(_: Arc<Notes>, cx: NodeContext) -> NodeResult<NotesUpdate> {
    let answer: String = cx.interrupt(format!("{}?", cx.node()))?;
    Ok(line(format!("{}: {answer}", cx.node())))
}

/// A node that adds to the number.
pub(crate) fn adds(
    n: u32,
) -> impl Fn(Arc<Notes>, NodeContext) -> std::future::Ready<NodeResult<NotesUpdate>> + Clone {
    move |_, _| std::future::ready(Ok(Notes::update().n(n)))
}

/// A node that fails so many times, after its siblings had time to finish, and then
/// appends its name.
pub(crate) fn fails(
    times: u32,
) -> impl Fn(Arc<Notes>, NodeContext) -> BoxFuture<'static, NodeResult<NotesUpdate>> {
    let left = AtomicU32::new(times);
    move |_, cx| {
        let less = |left: u32| left.checked_sub(1);
        let fails = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        Box::pin(async move {
            if fails.is_err() {
                return Ok(line(cx.node().as_str()));
            }
            turns(8).await;
            Err(NodeError::failed("broken"))
        })
    }
}

/// Lets others run.
pub(crate) async fn turns(count: u32) {
    for _ in 0..count {
        tokio::task::yield_now().await;
    }
}

pub(crate) fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// A thread's checkpoints, oldest first.
pub(crate) async fn history(thread: &Thread<'_, Notes>) -> Vec<Checkpoint> {
    let mut listed = thread.history(HistoryQuery::default()).await.unwrap();
    listed.reverse();
    listed
}

/// A thread's checkpoints with their states, oldest first.
pub(crate) async fn snapshots(thread: &Thread<'_, Notes>) -> Vec<StateSnapshot<Notes>> {
    let mut listed = thread.snapshots(HistoryQuery::default()).await.unwrap();
    listed.reverse();
    listed
}

/// The oldest checkpoint after which exactly these nodes run.
pub(crate) async fn before(thread: &Thread<'_, Notes>, next: &[&str]) -> CheckpointId {
    let mut listed = snapshots(thread).await.into_iter();
    let found = listed.find(|it| names(it) == next);
    found.unwrap().checkpoint
}

/// The nodes that run next.
pub(crate) fn names(snapshot: &StateSnapshot<Notes>) -> Vec<&str> {
    snapshot.next.iter().map(|node| node.as_str()).collect()
}

/// The thread as it stands.
pub(crate) async fn state(thread: &Thread<'_, Notes>) -> StateSnapshot<Notes> {
    thread.state().await.unwrap().unwrap()
}

/// What watchers hear of a run.
pub(crate) async fn events(
    thread: &Thread<'_, Notes>,
    input: impl Into<RunInput<Notes>>,
    modes: impl Into<StreamModes>,
) -> Vec<StreamEvent> {
    thread.stream(input, modes).collect().await
}

/// An event in a few words.
pub(crate) fn told(event: &StreamEvent) -> String {
    let was = |cached: &bool| if *cached { " before" } else { "" };
    let what = match &event.kind {
        StreamKind::Updated {
            node,
            update,
            cached,
        } => format!("{node} wrote {update}{}", was(cached)),
        StreamKind::Interrupted { interrupt } => {
            format!("{} waits for {:?}", interrupt.node, interrupt.waits_for)
        }
        StreamKind::Values { values } => format!("{} {}", values["log"], values["n"]),
        StreamKind::Custom { node, value } => format!("{node} says {value}"),
        StreamKind::TaskEnded {
            node,
            result: Some(result),
            ..
        } => format!("{node} came to {result}"),
        other => format!("{other:?}"),
    };
    format!("{}: {what}", event.step)
}

pub(crate) fn all_told(events: &[StreamEvent]) -> Vec<String> {
    events.iter().map(told).collect()
}
