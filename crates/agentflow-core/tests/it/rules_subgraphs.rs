//! Graphs inside graphs: whose state they share, what they remember, and how they talk to
//! the graph around them.

use std::sync::Arc;

use agentflow_core::{
    Command, CompiledGraph, NodeContext, NodeError, NodeResult, Persistence, RunError, START, Send,
    StateGraph,
};
use futures::future::BoxFuture;

use crate::rules_rig::{adds, kept, texts};
use crate::support::{Diary, Notes, NotesUpdate, done, line, row, step};

#[tokio::test]
async fn a_graph_inside_folds_its_whole_state_in_again_or_only_what_it_wrote() {
    let around = || row(&["a"]);
    let inner = || row(&["x"]).compile().unwrap();
    let all = around().add_subgraph("sub", inner(), Notes::clone, |it| {
        Notes::update().log(it.log)
    });
    let delta = around().add_shared_subgraph("sub", inner());
    for (name, graph, want) in [
        ("its state", all, &["in", "a", "in", "a", "x"][..]),
        ("what it wrote", delta, &["in", "a", "x"]),
    ] {
        let graph = kept(graph.add_edge("a", "sub"));
        let outcome = graph.thread("t").invoke(Notes::with(&["in"])).await;
        assert_eq!(done(outcome).log, want, "{name}");
    }
}

/// A graph that counts how often it ran, as long as the thread lives.
fn counter() -> CompiledGraph<Notes> {
    let graph = StateGraph::new()
        .add_node("one_more", adds(1))
        .add_edge(START, "one_more");
    let graph = graph.compile().unwrap();
    graph.with_persistence(Persistence::PerThread)
}

/// A node that runs the counter twice and says what it counted.
fn counts_twice() -> impl Fn(Arc<Notes>, NodeContext) -> BoxFuture<'static, NodeResult<NotesUpdate>>
{
    let counter = counter();
    move |_, cx| {
        let counter = counter.clone();
        Box::pin(async move {
            let first = cx.invoke(&counter, Notes::default()).await?;
            let second = cx.invoke(&counter, Notes::default()).await?;
            Ok(line(format!("{} {} {}", cx.node(), first.n, second.n)))
        })
    }
}

#[tokio::test]
async fn a_graph_that_lives_as_long_as_the_thread_counts_on_by_node_and_by_call() {
    let graph = StateGraph::new()
        .add_node("a", counts_twice())
        .add_node("b", counts_twice())
        .add_edge(START, "a")
        .add_conditional_edges(
            "a",
            |notes: &Notes| if notes.n == 0 { "b" } else { "END" },
            ["b", "END"],
        );
    let graph = kept(graph);
    let thread = graph.thread("t");
    let first = thread.invoke(Notes::default()).await;
    assert_eq!(done(first).log, ["a 1 1", "b 1 1"]);
    let input = agentflow_core::RunInput::update(Notes::update_n(1));
    let second = done(thread.invoke(input).await).log;
    assert_eq!(second[2..], texts(&["a 2 2"]));

    for (namespace, n) in [("a", 2), ("a#1", 2), ("b", 1), ("b#1", 1)] {
        let inner = counter();
        let inside = thread.inside(&inner, namespace.into());
        assert_eq!(
            inside.state().await.unwrap().unwrap().values.n,
            n,
            "{namespace}"
        );
    }
    let other = graph.thread("another").invoke(Notes::default()).await;
    assert_eq!(done(other).log, ["a 1 1", "b 1 1"]);
}

#[tokio::test]
async fn sends_may_not_share_a_graph_that_lives_as_long_as_the_thread_unless_each_names_its_own() {
    let sends = |_: &Notes| ["x", "y"].map(|key| Send::new("w", key.to_owned()));
    let shared = StateGraph::new()
        .add_send_subgraph(
            "w",
            counter(),
            |_: &String| Notes::default(),
            |it| line(it.n.to_string()),
        )
        .add_conditional_edges(START, sends, ["w"]);
    let error = kept(shared)
        .thread("t")
        .invoke(Notes::default())
        .await
        .unwrap_err();
    assert!(matches!(error, RunError::NodeFailed { .. }), "{error:?}");
    let said = std::error::Error::source(&error).unwrap().to_string();
    assert!(said.contains("invoke_keyed"), "{said}");

    let inner = counter();
    let worker = move |key: Arc<String>, cx: NodeContext| {
        let inner = inner.clone();
        async move {
            let counted = cx.invoke_keyed(&key, &inner, Notes::default()).await?;
            NodeResult::Ok(line(format!("{key} {}", counted.n)))
        }
    };
    let keyed = StateGraph::new()
        .add_send_node("w", worker)
        .add_conditional_edges(START, sends, ["w"]);
    let graph = kept(keyed);
    let thread = graph.thread("t");
    assert_eq!(
        done(thread.invoke(Notes::default()).await).log,
        ["x 1", "y 1"]
    );
    let log = done(thread.invoke(Notes::default()).await).log;
    assert_eq!(log[2..], texts(&["x 2", "y 2"]));
}

#[tokio::test]
async fn a_command_to_the_graph_around_is_obeyed_by_the_nearest_one_only() {
    let diary = Diary::default();
    let commands = |_: Arc<Notes>, _: NodeContext| async {
        let command = Command::<Notes>::update(line("told")).and_goto("target");
        NodeResult::<NotesUpdate>::Err(NodeError::to_parent::<Notes>(command))
    };
    let leaf = StateGraph::new()
        .add_node("commands", commands)
        .add_node("never", diary.node())
        .add_edge(START, "commands")
        .add_edge("commands", "never")
        .compile()
        .unwrap();
    let gives_all = |it: Notes| Notes::update().log(it.log);
    let middle = StateGraph::new()
        .add_subgraph("leaf", leaf, |_| Notes::default(), gives_all)
        .add_node("target", step)
        .add_edge(START, "leaf")
        .compile()
        .unwrap();
    let graph = StateGraph::new()
        .add_subgraph("middle", middle, |_| Notes::default(), gives_all)
        .add_node("target", diary.node())
        .add_node("after", step)
        .add_edge(START, "middle")
        .add_edge("middle", "after");
    let outcome = kept(graph).thread("t").invoke(Notes::default()).await;
    assert_eq!(done(outcome).log, ["told", "target", "after"]);
    assert_eq!(
        diary.read(),
        [""; 0],
        "neither the leaf nor the outermost graph went on there"
    );
}
