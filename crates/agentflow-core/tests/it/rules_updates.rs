//! Writing to a thread from outside, as if its nodes had run.

use agentflow_core::checkpoint::CheckpointSource;
use agentflow_core::{END, Journal, RunError, RunOptions, START, StateGraph, StateUpdate};

use crate::rules_rig::{adds, ask, before, fails, kept, names, state};
use crate::support::{Notes, NotesUpdate, done, line, row, step};

#[tokio::test]
async fn a_branch_made_by_an_update_has_none_of_what_had_finished_on_the_old_one() {
    for journal in [Journal::Off, Journal::Replies] {
        let graph = StateGraph::new()
            .add_node("a", adds(10))
            .add_node("b", adds(100))
            .add_edge(START, "a")
            .add_edge("a", "b");
        let graph = kept(graph).with_options(RunOptions {
            journal,
            ..RunOptions::default()
        });
        let thread = graph.thread("t");
        let input = Notes {
            n: 1,
            ..Notes::default()
        };
        assert_eq!(done(thread.invoke(input).await).n, 111);
        let old = before(&thread, &["a"]).await;
        let edit = StateUpdate::as_node("a", Notes::update().n(20));
        thread.clone().at(old).update_state(edit).await.unwrap();
        assert_eq!(done(thread.proceed().await).n, 121, "{journal:?}");
    }
}

#[tokio::test]
async fn an_update_as_a_node_takes_the_ways_out_of_that_node() {
    let route = |notes: &Notes| if notes.n == 1 { "b" } else { "c" };
    let graph = row(&["a"])
        .add_node("b", step)
        .add_node("c", step)
        .add_node("d", step)
        .add_edge("a", "d")
        .add_conditional_edges("a", route, ["b", "c"]);
    let graph = kept(graph).interrupt_after(["a"]).unwrap();
    for (name, edit, want) in [
        (
            "as a node",
            StateUpdate::as_node("a", Notes::update_n(1)),
            ["b", "d"],
        ),
        (
            "as who ran last",
            StateUpdate::new(Notes::update_n(2)),
            ["c", "d"],
        ),
    ] {
        let thread = graph.thread(name);
        let _paused = thread.invoke(Notes::default()).await.unwrap();
        thread.update_state(edit).await.unwrap();
        let edited = state(&thread).await;
        assert_eq!(names(&edited), want, "{name}");
        assert_eq!(
            (edited.source, edited.step.0),
            (CheckpointSource::Update, 2),
            "{name}"
        );
        let ended = done(thread.proceed().await).log;
        assert_eq!(ended, ["a", want[0], want[1]], "{name}");
    }
}

#[tokio::test]
async fn an_update_of_a_fresh_thread_is_an_input_and_one_after_several_nodes_must_say_as_which() {
    let graph = StateGraph::new()
        .add_node("x", step)
        .add_node("y", step)
        .add_node("z", step)
        .add_edge(START, "x")
        .add_edge(START, "y")
        .add_join(["x", "y"], "z");
    let graph = kept(graph).interrupt_before(["z"]).unwrap();
    let fresh = graph.thread("fresh");
    fresh
        .update_state(StateUpdate::new(line("0")))
        .await
        .unwrap();
    let edited = state(&fresh).await;
    assert_eq!((names(&edited), edited.step.0), (vec!["x", "y"], 0));
    assert_eq!(edited.source, CheckpointSource::Update);

    let _paused = fresh.proceed().await.unwrap();
    let unclear = fresh.update_state(StateUpdate::new(line("?"))).await;
    assert!(
        matches!(unclear, Err(RunError::BadEdit { .. })),
        "{unclear:?}"
    );
    assert_eq!(done(fresh.proceed().await).log, ["0", "x", "y", "z"]);
}

#[tokio::test]
async fn an_update_as_end_leaves_nothing_to_do_and_keeps_what_had_finished() {
    for (name, asks) in [("a question", true), ("a failure", false)] {
        let graph = StateGraph::new().add_node("a", step);
        let graph = if asks {
            graph.add_node("b", ask)
        } else {
            graph.add_node("b", fails(1))
        };
        let graph = graph
            .add_node("c", step)
            .add_edge(START, "a")
            .add_edge(START, "b")
            .add_join(["a", "b"], "c");
        let graph = kept(graph);
        let thread = graph.thread("t");
        let _stopped = thread.invoke(Notes::with(&["0"])).await;
        let nothing = StateUpdate::as_node(END, NotesUpdate::default());
        thread.update_state(nothing).await.unwrap();
        let edited = state(&thread).await;
        assert_eq!(edited.values.log, ["0", "a"], "{name}");
        assert!(edited.next.is_empty() && edited.tasks.is_empty(), "{name}");
        assert!(edited.interrupts.is_empty(), "{name}");
        assert_eq!(
            (edited.source, edited.step.0),
            (CheckpointSource::Update, 1)
        );
        assert_eq!(done(thread.proceed().await).log, ["0", "a"], "{name}");
    }
}
