//! What watchers learn, and when.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    Durability, NodeContext, NodeError, NodeResult, RetryPolicy, RunOptions, START, StateGraph,
    StreamEvent, StreamKind, StreamMode, StreamModes,
};
use futures::StreamExt;

use crate::support::{Notes, NotesUpdate, done, line, row};

fn told(event: &StreamEvent) -> String {
    let step = event.step;
    match &event.kind {
        StreamKind::TaskStarted { node, attempt, .. } => format!("{step} {node} starts {attempt}"),
        StreamKind::TaskRetries { node, attempt, .. } => format!("{step} {node} failed {attempt}"),
        StreamKind::Updated { node, update, .. } => format!("{step} {node} wrote {update}"),
        StreamKind::Interrupted { interrupt } => format!("{step} {} asks", interrupt.node),
        StreamKind::Values { values } => format!("{step} is {}", values["log"]),
        StreamKind::Checkpointed { id, .. } => format!("{step} stored {id}"),
        StreamKind::TaskEnded { node, .. } => format!("{step} {node} ends"),
        StreamKind::Custom { node, value } => format!("{step} {node} says {value}"),
        other => format!("{other:?}"),
    }
}

async fn all(graph: StateGraph<Notes>, modes: impl Into<StreamModes>) -> Vec<String> {
    let graph = graph.compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = graph.thread("t");
    thread
        .stream(Notes::default(), modes)
        .map(|event| told(&event))
        .collect()
        .await
}

#[tokio::test]
async fn each_mode_tells_its_own_events() {
    let says = |_: Arc<Notes>, cx: NodeContext| async move {
        cx.emit("hello").await?;
        NodeResult::Ok(line("b"))
    };
    let graph = || row(&["a"]).add_node("b", says).add_edge("a", "b");
    let a_wrote = r#"1 a wrote {"log":["a"]}"#;
    let b_wrote = r#"2 b wrote {"log":["b"]}"#;
    let values = [r#"0 is []"#, r#"1 is ["a"]"#, r#"2 is ["a","b"]"#];
    assert_eq!(all(graph(), StreamMode::Updates).await, [a_wrote, b_wrote]);
    assert_eq!(all(graph(), StreamMode::Values).await, values);
    assert_eq!(
        all(graph(), StreamMode::Custom).await,
        [r#"2 b says "hello""#]
    );
    assert_eq!(
        all(graph(), StreamMode::Tasks).await,
        ["1 a starts 1", "1 a ends", "2 b starts 1", "2 b ends"]
    );
    let stored = ["-1 stored 1", "0 stored 2", "1 stored 3", "2 stored 4"];
    assert_eq!(all(graph(), StreamMode::Checkpoints).await, stored);
    let two = [StreamMode::Updates, StreamMode::Values];
    assert_eq!(
        all(graph(), two).await,
        [values[0], a_wrote, values[1], b_wrote, values[2]]
    );
}

#[tokio::test]
async fn several_writes_and_none_are_told_as_they_are() {
    let twice = |_: Arc<Notes>, _: NodeContext| async {
        NodeResult::Ok(Notes::update().log(["1"]).log(["2"]).overwrite_log(vec![]))
    };
    let nothing = |_: Arc<Notes>, _: NodeContext| async { NodeResult::Ok(NotesUpdate::default()) };
    let graph = StateGraph::new()
        .add_node("a", twice)
        .add_node("b", nothing)
        .add_edge(START, "a")
        .add_edge("a", "b");
    let a_wrote = r#"1 a wrote [{"log":["1"]},{"log":["2"]},{"log":{"__overwrite__":[]}}]"#;
    assert_eq!(
        all(graph, StreamMode::Updates).await,
        [a_wrote, "2 b wrote null"]
    );
}

#[tokio::test(start_paused = true)]
async fn attempts_and_questions_are_told() {
    let node = |_: Arc<Notes>, cx: NodeContext| async move {
        if cx.attempt() == 1 {
            return Err(NodeError::failed("broken"));
        }
        NodeResult::Ok(line(cx.interrupt::<String>("?")?))
    };
    let graph = StateGraph::new().add_node("a", node).add_edge(START, "a");
    let graph = graph.retry("a", RetryPolicy::default());
    let events = all(graph, [StreamMode::Tasks, StreamMode::Updates]).await;
    assert_eq!(
        events,
        [
            "1 a starts 1",
            "1 a failed 1",
            "1 a starts 2",
            "1 a ends",
            "1 a asks"
        ]
    );
}

#[tokio::test]
async fn events_of_a_graph_inside_name_its_place() {
    let inner = row(&["inside"]).compile().unwrap();
    let graph = StateGraph::new()
        .add_subgraph(
            "sub",
            inner,
            |_| Notes::default(),
            |inner| Notes::update().log(inner.log),
        )
        .add_edge(START, "sub");
    let graph = graph.compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = graph.thread("t");
    let events: Vec<_> = thread
        .stream(Notes::default(), StreamMode::Updates)
        .collect()
        .await;
    let places: Vec<_> = events
        .iter()
        .map(|event| event.namespace.as_str())
        .collect();
    assert_eq!(places, ["sub:2.1.0", ""]);
}

#[tokio::test]
async fn in_async_nothing_is_told_before_it_is_stored() {
    let options = RunOptions {
        durability: Durability::Async,
        ..RunOptions::default()
    };
    let graph = row(&["a", "b", "c"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let graph = graph.with_options(options);
    let thread = graph.thread("t");
    let mut events = thread.stream(Notes::default(), StreamMode::Values);
    while let Some(event) = events.next().await {
        let stored = thread.state().await.unwrap().unwrap();
        assert!(
            stored.step >= event.step,
            "{event:?} is ahead of {stored:?}"
        );
    }
}

#[tokio::test]
async fn a_stream_comes_to_the_outcome_of_its_run_read_or_not() {
    let graph = row(&["a", "b"]).compile().unwrap();
    let thread = graph.thread("t");
    let unread = thread
        .stream(Notes::default(), StreamModes::ALL)
        .outcome()
        .await;
    assert_eq!(done(unread).log, ["a", "b"]);
    let mut read = thread.stream(Notes::default(), StreamModes::ALL);
    while read.next().await.is_some() {}
    assert_eq!(done(read.outcome().await).log, ["a", "b"]);
}

#[tokio::test]
async fn a_run_waits_for_a_watcher_that_is_behind_and_loses_no_event() {
    let says = |_: Arc<Notes>, cx: NodeContext| async move {
        for n in 0..2_000 {
            cx.emit(n).await?;
        }
        NodeResult::Ok(line("said"))
    };
    let graph = StateGraph::new().add_node("a", says).add_edge(START, "a");
    assert_eq!(all(graph, StreamMode::Custom).await.len(), 2_000);
}

#[tokio::test]
async fn a_context_that_outlives_its_run_does_not_keep_the_stream_open() {
    let keeps = |_: Arc<Notes>, cx: NodeContext| async move {
        tokio::spawn(async move {
            std::future::pending::<()>().await;
            drop(cx);
        });
        NodeResult::Ok(line("a"))
    };
    let graph = StateGraph::new().add_node("a", keeps).add_edge(START, "a");
    assert_eq!(all(graph, StreamMode::Tasks).await.len(), 2);
}
