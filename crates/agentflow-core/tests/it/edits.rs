//! States that are written from outside, in place of nodes.

use std::sync::Arc;

use agentflow_core::checkpoint::{MemoryCheckpointer, WrittenBy};
use agentflow_core::{
    CompiledGraph, Durability, HistoryQuery, NodeContext, NodeResult, RunError, RunOptions, START,
    StateGraph, StateUpdate,
};

use crate::support::{Notes, asked, done, line, row, step};

fn exit() -> RunOptions {
    RunOptions {
        durability: Durability::Exit,
        ..RunOptions::default()
    }
}

fn stopped_before_c() -> CompiledGraph<Notes> {
    row(&["a", "b", "c"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .interrupt_before(["c"])
        .unwrap()
}

#[tokio::test]
async fn an_update_of_nobody_s_is_as_the_node_that_ran_last() {
    let graph = row(&["a", "b", "c"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .interrupt_before(["c"])
        .unwrap();
    let thread = graph.thread("t");
    let _ = thread.invoke(Notes::default()).await.unwrap();
    thread
        .update_state(StateUpdate::new(line("edit")))
        .await
        .unwrap();
    assert_eq!(done(thread.proceed().await).log, ["a", "b", "edit", "c"]);
}

#[tokio::test]
async fn an_update_after_a_prune_is_not_taken_for_a_new_start() {
    let graph = row(&["a", "b", "c"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .interrupt_before(["c"])
        .unwrap();
    let thread = graph.thread("t");
    let _ = thread.invoke(Notes::default()).await.unwrap();
    thread.prune(1).await.unwrap();
    thread
        .update_state(StateUpdate::new(line("edit")))
        .await
        .unwrap();
    assert_eq!(done(thread.proceed().await).log, ["a", "b", "edit", "c"]);
}

#[tokio::test]
async fn an_update_in_exit_is_as_the_node_that_ran_last() {
    let graph = row(&["a", "b", "c"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .interrupt_before(["c"])
        .unwrap()
        .with_options(exit());
    let thread = graph.thread("t");
    let _ = thread.invoke(Notes::default()).await.unwrap();
    thread
        .update_state(StateUpdate::new(line("edit")))
        .await
        .unwrap();
    assert_eq!(done(thread.proceed().await).log, ["a", "b", "edit", "c"]);
}

#[tokio::test]
async fn an_update_on_an_update_is_as_the_node_that_the_first_one_stood_for() {
    let graph = stopped_before_c();
    let thread = graph.thread("t");
    let _ = thread.invoke(Notes::default()).await.unwrap();
    for update in [
        StateUpdate::as_node("a", line("as a")),
        StateUpdate::new(line("again")),
        StateUpdate::copy(),
        StateUpdate::new(line("on a copy")),
    ] {
        thread.update_state(update).await.unwrap();
    }
    let next = thread.state().await.unwrap().unwrap().next;
    assert_eq!(next, ["b".into()], "what `a` leads to");
}

#[tokio::test]
async fn an_update_is_refused_where_nobody_knows_which_node_ran_last() {
    let graph = stopped_before_c();
    let thread = graph.thread("t");
    let _ = thread.invoke(Notes::default()).await.unwrap();
    thread.fork().await.unwrap();
    thread.prune(1).await.unwrap();
    let before = thread.state().await.unwrap().unwrap().checkpoint;
    let refused = thread.update_state(StateUpdate::new(line("edit"))).await;
    assert!(
        matches!(&refused, Err(RunError::BadEdit { what, .. }) if what.contains("as_node")),
        "{refused:?}"
    );
    assert_eq!(thread.state().await.unwrap().unwrap().checkpoint, before);
}

/// The tasks of each checkpoint, the newest first.
async fn named(durability: Durability) -> Vec<(u64, Vec<String>)> {
    let graph = StateGraph::new()
        .add_node("a", step)
        .add_node("b", |_: Arc<Notes>, cx: NodeContext| async move {
            NodeResult::Ok(line(cx.interrupt::<String>("?")?))
        })
        .add_node("c", step)
        .add_node("d", step)
        .add_edge(START, "a")
        .add_edge(START, "b")
        .add_sequence(["b", "c", "d"])
        .compile_with(MemoryCheckpointer::new())
        .unwrap()
        .with_options(RunOptions {
            durability,
            ..RunOptions::default()
        });
    let thread = graph.thread("t");
    asked(thread.invoke(Notes::default()).await);
    let edit = StateUpdate::as_node("b", line("edit"));
    thread.update_state(edit).await.unwrap();
    done(thread.proceed().await);
    let history = thread.history(HistoryQuery::default()).await.unwrap();
    let named = history.into_iter().map(|checkpoint| {
        let ran = checkpoint.ran.iter().map(|ran| match ran.by {
            WrittenBy::Node => format!("{} on {}", ran.task, ran.base),
            by => format!("{} on {} by {by:?}", ran.task, ran.base),
        });
        (checkpoint.id.0, ran.collect())
    });
    named.collect()
}

#[tokio::test]
async fn each_checkpoint_names_the_tasks_whose_writes_it_holds() {
    let edited = ["1/a/0 on 2", "1/b/0 on 2 by Edit"];
    for (durability, want) in [
        (
            Durability::Sync,
            &[
                (5, &["3/d/0 on 4"][..]),
                (4, &["2/c/0 on 3"]),
                (3, &edited),
                (2, &["0/START/0 on 1"]),
                (1, &[]),
            ][..],
        ),
        (
            Durability::Exit,
            &[
                (3, &["2/c/0 on 2", "3/d/0 on 3"]),
                (2, &["1/a/0 on 1", "1/b/0 on 1 by Edit"]),
                (1, &["0/START/0 on 1"]),
            ],
        ),
    ] {
        let named = named(durability).await;
        let named: Vec<(u64, Vec<&str>)> = named
            .iter()
            .map(|(id, ran)| (*id, ran.iter().map(String::as_str).collect()))
            .collect();
        let want: Vec<(u64, Vec<&str>)> =
            want.iter().map(|(id, ran)| (*id, ran.to_vec())).collect();
        assert_eq!(named, want, "{durability:?}");
    }
}

#[tokio::test]
async fn a_deferred_node_that_was_led_to_runs_after_an_edit() {
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
    thread
        .update_state(StateUpdate::as_node("b", line("edit")))
        .await
        .unwrap();
    assert_eq!(
        done(thread.proceed().await).log,
        ["a", "b", "edit", "c", "last"]
    );
}

#[tokio::test]
async fn an_input_from_outside_that_does_not_fold_in_is_refused() {
    let graph = row(&["a"]).compile_with(MemoryCheckpointer::new()).unwrap();
    let thread = graph.thread("t");
    done(thread.invoke(Notes::default()).await);
    let twice = Notes::update().last("x".to_owned()).last("y".to_owned());
    assert!(
        thread
            .update_state(StateUpdate::as_input(twice))
            .await
            .is_err()
    );
    done(thread.proceed().await);
}
