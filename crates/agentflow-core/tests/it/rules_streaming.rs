//! What watchers hear of a run, when, and that it is what the history says later.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::{CheckpointSource, MemoryCheckpointer};
use agentflow_core::{
    CheckpointId, NodeContext, NodeResult, RunInput, START, Send, StateGraph, StreamEvent,
    StreamKind, StreamMode, View,
};
use futures::StreamExt;
use serde_json::Value;

use crate::rules_rig::{adds, all_told, ask, events, kept, snapshots, told};
use crate::support::{Notes, line, row, step};

#[tokio::test]
async fn values_begin_with_the_state_after_the_input_or_as_a_resumed_run_finds_it() {
    let graph = row(&["a"]).add_node("ask", ask).add_edge("a", "ask");
    let graph = kept(graph);
    let thread = graph.thread("t");
    let first = events(&thread, Notes::with(&["in"]), StreamMode::Values).await;
    assert_eq!(
        all_told(&first),
        [
            r#"0: ["in"] 0"#,
            r#"1: ["in","a"] 0"#,
            "2: ask waits for Answer"
        ]
    );
    let answer = RunInput::answer("yes").unwrap();
    let second = events(&thread, answer, StreamMode::Values).await;
    assert_eq!(
        all_told(&second),
        [r#"1: ["in","a"] 0"#, r#"2: ["in","a","ask: yes"] 0"#]
    );
}

#[derive(Clone, Debug, View)]
#[view(of = Notes)]
struct Number {
    n: u32,
}

#[tokio::test]
async fn values_are_told_only_of_supersteps_that_wrote_to_the_graphs_output() {
    let graph = row(&["a"])
        .add_node("b", adds(1))
        .add_node("c", step)
        .add_sequence(["a", "b", "c"])
        .with_output::<Number>();
    let graph = graph.compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = graph.thread("t");
    let mut stream = thread.stream(Notes::default(), StreamMode::Values);
    let mut heard = Vec::new();
    while let Some(event) = stream.next().await {
        let StreamKind::Values { values } = event.kind else {
            panic!("{event:?}")
        };
        heard.push(format!("{}: {values}", event.step));
    }
    assert_eq!(heard, [r#"0: {"n":0}"#, r#"2: {"n":1}"#]);
    let outcome = stream.outcome().await.unwrap();
    assert_eq!(outcome.into_done().map(|number| number.n), Some(1));
}

#[tokio::test]
async fn a_breakpoint_is_told_without_a_question_and_what_had_finished_is_told_again() {
    let paused = kept(row(&["a", "b"])).interrupt_before(["b"]).unwrap();
    let heard = events(&paused.thread("t"), Notes::default(), StreamMode::Updates).await;
    assert_eq!(
        all_told(&heard),
        [
            r#"1: a wrote {"log":["a"]}"#,
            "1: b waits for Proceed(Before)"
        ]
    );

    let graph = StateGraph::new()
        .add_node("done", step)
        .add_node("ask", ask)
        .add_edge(START, "done")
        .add_edge(START, "ask");
    let graph = kept(graph);
    let thread = graph.thread("t");
    let first = events(&thread, Notes::default(), StreamMode::Updates).await;
    let done = r#"1: done wrote {"log":["done"]}"#;
    assert_eq!(all_told(&first), [done, "1: ask waits for Answer"]);
    let answer = RunInput::answer("yes").unwrap();
    let second = events(&thread, answer, StreamMode::Updates).await;
    let again = format!("{done} before");
    assert_eq!(
        all_told(&second),
        [&again, r#"1: ask wrote {"log":["ask: yes"]}"#]
    );
}

type Entry = (
    CheckpointId,
    Option<CheckpointId>,
    CheckpointSource,
    Value,
    Vec<String>,
);

fn checkpoint(event: StreamEvent) -> Entry {
    match event.kind {
        StreamKind::Checkpointed {
            id,
            parent,
            source,
            values,
            next,
        } => (id, parent, source, values, next),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn checkpoints_are_told_as_the_history_has_them_entry_by_entry() {
    let sends = |_: &Notes| [1_u32, 2].map(|n| Send::new("w", n));
    let sent = |n: Arc<u32>, _: NodeContext| async move { NodeResult::Ok(line(n.to_string())) };
    let inner = row(&["inside"]).compile().unwrap();
    let graph = row(&["a"])
        .add_send_node("w", sent)
        .add_subgraph(
            "sub",
            inner,
            |_| Notes::default(),
            |it| Notes::update().log(it.log),
        )
        .add_node("ask", ask)
        .add_conditional_edges("a", sends, ["w"])
        .add_edge("w", "sub")
        .add_edge("sub", "ask");
    let graph = kept(graph);
    let thread = graph.thread("t");
    let modes = agentflow_core::StreamModes::from(StreamMode::Checkpoints).without_subgraphs();
    let mut heard = events(&thread, Notes::with(&["in"]), modes).await;
    let answer = RunInput::answer("yes").unwrap();
    let amended = answer.and_update(Notes::update_n(1));
    heard.extend(events(&thread, amended, modes).await);
    let old = thread.clone().at(CheckpointId(3));
    heard.extend(events(&old, RunInput::proceed(), modes).await);
    let heard: Vec<Entry> = heard.into_iter().map(checkpoint).collect();
    let history = snapshots(&thread).await;
    let listed: Vec<Entry> = history
        .into_iter()
        .map(|it| {
            let values = serde_json::to_value(&it.values).unwrap();
            let next = it.tasks.into_iter().map(|task| task.id).collect();
            (it.checkpoint, it.parent, it.source, values, next)
        })
        .collect();
    assert_eq!(heard.len(), 6 + 3);
    assert_eq!(heard, listed);
}

#[tokio::test(start_paused = true)]
async fn a_graph_inside_is_heard_while_it_runs_between_the_siblings_of_its_node() {
    let after = |millis: u64| {
        move |_: Arc<Notes>, cx: NodeContext| async move {
            cx.sleep(Duration::from_millis(millis)).await;
            NodeResult::Ok(line(cx.node().as_str()))
        }
    };
    let inner = StateGraph::new()
        .add_node("inner_1", after(0))
        .add_node("inner_2", after(500))
        .add_edge(START, "inner_1")
        .add_edge("inner_1", "inner_2")
        .compile()
        .unwrap();
    let graph = StateGraph::new()
        .add_subgraph(
            "inner",
            inner,
            |_| Notes::default(),
            |it| Notes::update().log(it.log),
        )
        .add_node("outer_1", after(200))
        .add_edge(START, "inner")
        .add_edge(START, "outer_1");
    let graph = kept(graph);
    let thread = graph.thread("t");
    let began = tokio::time::Instant::now();
    let mut stream = thread.stream(Notes::default(), StreamMode::Updates);
    let mut heard = Vec::new();
    while let Some(event) = stream.next().await {
        let tenths = began.elapsed().as_millis() / 100;
        let StreamKind::Updated { node, .. } = &event.kind else {
            panic!("{}", told(&event))
        };
        let place = event.namespace.as_str();
        heard.push((tenths, place.to_owned(), node.as_str().to_owned()));
    }
    let want = [
        (0, "inner:2.1.0", "inner_1"),
        (2, "", "outer_1"),
        (5, "inner:2.1.0", "inner_2"),
        (5, "", "inner"),
    ];
    assert_eq!(
        heard,
        want.map(|(at, place, node)| (at, place.to_owned(), node.to_owned()))
    );
}
