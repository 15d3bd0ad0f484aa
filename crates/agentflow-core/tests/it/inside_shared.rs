//! Graphs over the outer graph's state: they give back all that they wrote, once.

use std::sync::Arc;

use agentflow_core::checkpoint::MemoryCheckpointer;
use agentflow_core::{
    CompiledGraph, Durability, Journal, NodeContext, NodeResult, Persistence, RunOptions, START,
    StateGraph, StateUpdate,
};

use crate::support::{Notes, NotesUpdate, asked, done, line, row};

async fn ask(_: Arc<Notes>, cx: NodeContext) -> NodeResult<NotesUpdate> {
    Ok(line(cx.interrupt::<String>("?")?))
}

fn shared(names: &[&str]) -> CompiledGraph<Notes> {
    let last = names[names.len() - 1].to_owned();
    row(names)
        .add_node("ask", ask)
        .add_edge(last, "ask")
        .compile()
        .unwrap()
}

fn around(inner: CompiledGraph<Notes>) -> StateGraph<Notes> {
    StateGraph::new()
        .add_shared_subgraph("sub", inner)
        .add_edge(START, "sub")
}

fn exit() -> RunOptions {
    RunOptions {
        durability: Durability::Exit,
        ..RunOptions::default()
    }
}

#[tokio::test]
async fn a_shared_graph_that_is_pruned_while_it_waits_gives_back_all_it_wrote() {
    let graph = around(shared(&["i1", "i2"]))
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    thread.prune(1).await.unwrap();
    assert_eq!(done(thread.resume("yes").await).log, ["i1", "i2", "yes"]);
}

#[tokio::test]
async fn a_shared_graph_of_one_node_runs_in_exit() {
    let graph = around(row(&["only"]).compile().unwrap())
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_options(exit());
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["only"]
    );
}

#[tokio::test]
async fn a_shared_graph_that_pauses_in_exit_gives_back_all_it_wrote() {
    let graph = around(shared(&["i1", "i2"]))
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_options(exit());
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    assert_eq!(done(thread.resume("yes").await).log, ["i1", "i2", "yes"]);
}

#[tokio::test]
async fn a_graph_of_one_node_runs_in_exit_with_a_journal() {
    let graph = row(&["only"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_options(RunOptions {
            journal: Journal::Replies,
            ..exit()
        });
    assert_eq!(
        done(graph.thread("t").invoke(Notes::default()).await).log,
        ["only"]
    );
}

#[tokio::test]
async fn a_shared_graph_that_lives_as_long_as_the_thread_gives_back_each_write_once() {
    let inner = row(&["x"])
        .compile()
        .unwrap()
        .with_persistence(Persistence::PerThread);
    let graph = around(inner)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    assert_eq!(done(thread.invoke(Notes::default()).await).log, ["x", "x"]);
}

#[tokio::test]
async fn a_shared_graph_that_lives_as_long_as_the_thread_sees_what_was_written_around_it() {
    let inner = StateGraph::new()
        .add_node("count", |notes: Arc<Notes>, _: NodeContext| async move {
            NodeResult::Ok(line(notes.log.len().to_string()))
        })
        .add_edge(START, "count")
        .compile()
        .unwrap()
        .with_persistence(Persistence::PerThread);
    let graph = around(inner)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    done(thread.invoke(Notes::with(&["a"])).await);
    let ended = done(thread.invoke(Notes::with(&["b"])).await);
    assert_eq!(ended.log, ["a", "1", "b", "3"]);
}

#[tokio::test]
async fn a_shared_graph_that_overwrote_before_a_pause_gives_back_what_that_came_to() {
    let inner = row(&["i1"])
        .add_node("over", |_: Arc<Notes>, _: NodeContext| async {
            NodeResult::Ok(Notes::update().overwrite_log(vec!["over".to_owned()]))
        })
        .add_node("ask", ask)
        .add_edge("i1", "over")
        .add_edge("over", "ask")
        .compile()
        .unwrap();
    let graph = around(inner)
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::with(&["in"])).await);
    assert_eq!(done(thread.resume("yes").await).log, ["over", "yes"]);
}

#[tokio::test]
async fn a_shared_graph_that_is_edited_inside_gives_back_the_edit() {
    let inner = shared(&["i1"]);
    let graph = around(inner.clone())
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let place = thread.state().await.unwrap().unwrap().tasks[0]
        .inner
        .clone();
    let inside = thread.inside(&inner, place);
    inside
        .update_state(StateUpdate::as_node("i1", line("edited")))
        .await
        .unwrap();
    asked(thread.proceed().await);
    assert_eq!(
        done(thread.resume("yes").await).log,
        ["i1", "edited", "yes"]
    );
}

#[tokio::test]
async fn a_mapped_graph_that_is_edited_inside_goes_on_with_the_edit() {
    let inner = row(&["i1"])
        .add_node("ask", ask)
        .add_edge("i1", "ask")
        .compile()
        .unwrap();
    let graph = StateGraph::new()
        .add_subgraph(
            "sub",
            inner.clone(),
            |_: &Notes| Notes::default(),
            |inner: Notes| Notes::update().log(inner.log),
        )
        .add_edge(START, "sub")
        .compile_with(MemoryCheckpointer::new())
        .unwrap();
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let place = thread.state().await.unwrap().unwrap().tasks[0]
        .inner
        .clone();
    thread
        .inside(&inner, place)
        .update_state(StateUpdate::as_node("i1", line("edited")))
        .await
        .unwrap();
    asked(thread.proceed().await);
    assert_eq!(
        done(thread.resume("yes").await).log,
        ["i1", "edited", "yes"]
    );
}
