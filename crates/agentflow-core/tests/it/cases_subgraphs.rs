//! The cases about what graphs inside tell those around them, and those who watch.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    Command, CompiledGraph, NodeContext, NodeError, NodeResult, START, StateGraph, StreamMode,
};
use futures::StreamExt;
use tokio::time::Instant;

use crate::cases_rig::shown;
use crate::support::{Notes, done, line, step};

/// Three graphs in each other; a node of the innermost says where the second goes.
fn commanded_from_below(shared: bool) -> CompiledGraph<Notes> {
    let nest = |graph: StateGraph<Notes>, name: &str, inner: StateGraph<Notes>| {
        let inner = inner.compile().unwrap();
        if shared {
            return graph.add_shared_subgraph(name, inner);
        }
        graph.add_subgraph(name, inner, Notes::clone, |inner| {
            Notes::update().log(inner.log)
        })
    };
    let commands = |_: Arc<Notes>, _: NodeContext| async {
        let command = Command::<Notes>::update(line("sub_sub_child")).and_goto("sub_child_3");
        NodeResult::<()>::Err(NodeError::to_parent(command))
    };
    let third = StateGraph::new()
        .add_node("sub_sub_child", commands)
        .add_edge(START, "sub_sub_child");
    let second = StateGraph::new()
        .add_node("sub_child_1", step)
        .add_node("sub_child_3", step)
        .add_sequence([START, "sub_child_1", "sub_child_2"]);
    let first = StateGraph::new()
        .add_node("child_1", step)
        .add_sequence([START, "child_1", "child_2"]);
    let first = nest(first, "child_2", nest(second, "sub_child_2", third));
    first.compile_with(MemoryCheckpointer::new()).unwrap()
}

#[tokio::test]
async fn c44_a_command_to_the_parent_is_obeyed_by_the_nearest_one() {
    let graph = commanded_from_below(false);
    let state = done(graph.thread("t").invoke(Notes::with(&["init"])).await);
    let written = ["sub_child_1", "sub_sub_child", "sub_child_3"];
    // What a graph inside inherits is folded in again with what it gives back.
    let want = [&["init", "child_1", "init", "child_1"][..], &written].concat();
    assert_eq!(state.log, want);

    let graph = commanded_from_below(true);
    let state = done(graph.thread("t").invoke(Notes::with(&["init"])).await);
    assert_eq!(state.log, [&["init", "child_1"][..], &written].concat());
}

#[tokio::test(start_paused = true)]
async fn c46_what_happens_inside_is_shown_while_it_happens() {
    let after = |millis: u64| {
        move |_: Arc<Notes>, cx: NodeContext| async move {
            cx.sleep(Duration::from_millis(millis)).await;
            NodeResult::Ok(line(cx.node().as_str()))
        }
    };
    let inner = StateGraph::new()
        .add_node("inner_1", after(0))
        .add_node("inner_2", after(500))
        .add_sequence([START, "inner_1", "inner_2"])
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
        .add_node("outer_2", after(0))
        .add_edge(START, "inner")
        .add_edge(START, "outer_1")
        .add_join(["inner", "outer_1"], "outer_2")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    let began = Instant::now();
    let events = thread
        .stream(Notes::default(), StreamMode::Updates)
        .map(|event| {
            let node = shown(event.kind)
                .as_object()
                .unwrap()
                .keys()
                .next()
                .cloned();
            (
                began.elapsed().as_millis(),
                event.namespace.to_string(),
                node.unwrap(),
            )
        });
    let seen: Vec<_> = events.collect().await;
    let want = [
        (0, "inner:2.1.0", "inner_1"),
        (200, "", "outer_1"),
        (500, "inner:2.1.0", "inner_2"),
        (500, "", "inner"),
        (500, "", "outer_2"),
    ];
    assert_eq!(
        seen,
        want.map(|(at, place, node)| (at, place.to_owned(), node.to_owned()))
    );
}
