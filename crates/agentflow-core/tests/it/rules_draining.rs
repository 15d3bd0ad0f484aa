//! Runs that are asked to pause at the end of their superstep.

use std::sync::Arc;

use agentflow_core::{
    Durability, NodeContext, NodeResult, Outcome, PauseReason, RunControl, RunOptions, START,
    StateGraph, WaitsFor,
};
use futures::future::BoxFuture;

use crate::rules_rig::{kept, one, turns};
use crate::support::{Notes, NotesUpdate, done, line, row, step};

/// A node that asks its run to stop at the end of the superstep.
fn drains(
    control: &RunControl,
) -> impl Fn(Arc<Notes>, NodeContext) -> BoxFuture<'static, NodeResult<NotesUpdate>> + use<> {
    let control = control.clone();
    move |_, cx| {
        let control = control.clone();
        Box::pin(async move {
            control.drain("deploying");
            turns(1).await;
            Ok(line(cx.node().as_str()))
        })
    }
}

/// Runs the graph that a control is given to until it pauses, and then to its end.
async fn expect_drained(
    graph: impl Fn(&RunControl) -> StateGraph<Notes>,
    so_far: &[&str],
    all: &[&str],
) {
    for durability in [Durability::Sync, Durability::Async, Durability::Exit] {
        let control = RunControl::new();
        let graph = kept(graph(&control)).with_options(RunOptions {
            durability,
            ..RunOptions::default()
        });
        let thread = graph.thread("t");
        let controlled = thread.clone().with_control(&control);
        let drained = controlled.invoke(Notes::default()).await;
        let Ok(Outcome::Interrupted {
            interrupt, state, ..
        }) = &drained
        else {
            panic!("{durability:?}: {drained:?}")
        };
        let why = PauseReason::Drained("deploying".to_owned());
        assert_eq!(interrupt.waits_for, WaitsFor::Proceed(why));
        assert_eq!(state.log, so_far, "{durability:?}");
        assert_eq!(done(thread.proceed().await).log, all, "{durability:?}");
    }
}

#[tokio::test]
async fn a_drained_run_pauses_after_its_superstep_and_goes_on_later() {
    let graph = |control: &RunControl| {
        let graph = one(drains(control));
        graph.add_node("b", step).add_edge("a", "b")
    };
    expect_drained(graph, &["a"], &["a", "b"]).await;
}

#[tokio::test]
async fn a_run_that_is_drained_in_its_last_superstep_is_done() {
    let control = RunControl::new();
    let graph = kept(one(drains(&control)));
    let thread = graph.thread("t").with_control(&control);
    let ended = done(thread.invoke(Notes::default()).await);
    assert_eq!(ended.log, ["a"]);
}

#[tokio::test]
async fn a_run_that_is_drained_from_a_graph_inside_stops_the_graph_around_too() {
    let around = |inner: StateGraph<Notes>| {
        let inner = inner.compile().unwrap();
        let gives = |it: Notes| Notes::update().log(it.log);
        row(&["a"])
            .add_subgraph("sub", inner, |_| Notes::default(), gives)
            .add_node("b", step)
            .add_sequence(["a", "sub", "b"])
    };
    let inner = |control: &RunControl| {
        let inner = StateGraph::new().add_node("x", drains(control));
        inner.add_edge(START, "x")
    };
    let at_its_end = |control: &RunControl| around(inner(control));
    expect_drained(at_its_end, &["a", "x"], &["a", "x", "b"]).await;
    let in_the_middle = |control: &RunControl| {
        let inner = inner(control).add_node("y", step);
        around(inner.add_edge("x", "y"))
    };
    expect_drained(in_the_middle, &["a"], &["a", "x", "y", "b"]).await;
}
