//! Nodes that wait until nothing else can run.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{END, HistoryQuery, NodeContext, NodeResult, START, StateGraph};

use crate::support::{Notes, done, step};

#[tokio::test]
async fn a_deferred_node_that_is_led_to_often_is_noted_once() {
    let graph = StateGraph::new()
        .add_node("work", |_: Arc<Notes>, _: NodeContext| async {
            NodeResult::Ok(Notes::update_n(1))
        })
        .add_node("report", step)
        .defer("report")
        .add_edge(START, "work")
        .add_edge("work", "report")
        .add_conditional_edges(
            "work",
            |notes: &Notes| if notes.n < 50 { "work" } else { END },
            ["work", END],
        )
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let history = thread.history(HistoryQuery::default()).await.unwrap();
    let most = history.iter().map(|at| at.deferred.len()).max();
    assert_eq!(most, Some(1));
}

#[tokio::test]
async fn a_deferred_node_waits_behind_a_breakpoint() {
    let graph = StateGraph::new()
        .add_node("a", step)
        .add_node("b", step)
        .add_node("c", step)
        .add_node("last", step)
        .defer("last")
        .add_edge(START, "a")
        .add_edge(START, "b")
        .add_edge("a", "last")
        .add_edge("b", "c")
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .interrupt_before(["c"])
        .unwrap();
    let thread = graph.thread("t");
    let _ = thread.invoke(Notes::default()).await.unwrap();
    assert_eq!(done(thread.proceed().await).log, ["a", "b", "c", "last"]);
}
