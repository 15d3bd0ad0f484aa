//! How a run ends early: what it owes the store, and in which order it pays.

use super::rig::{Notes, Rig, nodes, question};
use crate::engine::{End, Saved};
use crate::{Durability, NodeError, START};

fn running(names: &[&str]) -> Rig {
    let graph = nodes(names);
    let graph = names
        .iter()
        .fold(graph, |graph, name| graph.add_edge(START, *name));
    let mut rig = Rig::new(graph, Some(Durability::Sync));
    rig.start(Notes::default());
    rig.persisted();
    rig.persisted();
    rig
}

fn saved(rig: &Rig) -> Vec<String> {
    let saves = rig.saves.iter().map(|save| {
        let what = match &save.what {
            Saved::Handling(_) => "handling",
            Saved::Break(_) => "break",
            Saved::Writes { .. } => "writes",
            Saved::Interrupts(_) => "interrupts",
            Saved::Error { .. } => "error",
        };
        format!("{} {what}", save.task.node)
    });
    saves.collect()
}

#[test]
fn a_failure_stops_siblings_and_waits_for_saves_in_flight() {
    let mut rig = running(&["a", "b", "c"]);
    rig.done("a");
    rig.end_task("b", Err(NodeError::failed("broken")));
    assert_eq!(rig.running(), [""; 0], "`c` is stopped");
    assert_eq!(saved(&rig), ["a writes", "b error"]);
    rig.saved(0);
    assert!(rig.end.is_none(), "the error's record is not stored yet");
    rig.saved(1);
    assert!(rig.error().contains("node `b`"));
    assert_eq!(rig.updates_shown(), ["a"], "what is stored is shown");
}

#[test]
fn a_question_does_not_stop_siblings() {
    let mut rig = running(&["a", "b"]);
    rig.end_task("a", Err(question("q")));
    assert_eq!(rig.running(), ["b"]);
    rig.done("b");
    assert_eq!(saved(&rig), ["a interrupts", "b writes"]);
    rig.saved(0);
    rig.saved(1);
    let Some(End::Interrupted { state, interrupts }) = &rig.end else {
        panic!("{:?}", rig.end)
    };
    assert_eq!(
        (&state.log[..], interrupts.len()),
        (&["b".to_owned()][..], 1)
    );
}

#[test]
fn a_question_survives_a_sibling_that_fails() {
    let mut rig = running(&["a", "b"]);
    rig.end_task("a", Err(question("q")));
    rig.end_task("b", Err(NodeError::failed("broken")));
    assert_eq!(saved(&rig), ["a interrupts", "b error"]);
}

#[test]
fn transitions_in_flight_are_stored_before_what_lies_on_top_of_them() {
    let graph = nodes(&["a", "b"]).add_edge(START, "a").add_edge("a", "b");
    let mut rig = Rig::new(graph, Some(Durability::Async));
    rig.start(Notes::default());
    rig.done("a");
    rig.end_task("b", Err(question("q")));
    assert_eq!((rig.persists.len(), rig.saves.len()), (1, 0));
    rig.persisted();
    rig.persisted();
    assert!(rig.saves.is_empty());
    rig.persisted();
    assert_eq!(saved(&rig), ["b interrupts"]);
    assert_eq!(rig.saves[0].base, rig.persists[2].id);
    rig.saved(0);
    assert!(matches!(rig.end, Some(End::Interrupted { .. })));
}

#[test]
fn in_exit_a_failure_stores_what_was_done_and_the_error() {
    let graph = nodes(&["a", "b"]).add_edge(START, "a").add_edge("a", "b");
    let mut rig = Rig::new(graph, Some(Durability::Exit));
    rig.start(Notes::default());
    rig.done("a");
    rig.end_task("b", Err(NodeError::failed("broken")));
    assert_eq!((rig.persists.len(), rig.persists[0].step.0), (1, 1));
    rig.persisted();
    assert_eq!(saved(&rig), ["b error"]);
    rig.saved(0);
    assert!(rig.error().contains("node `b`"));
}

#[test]
fn a_run_of_k_nodes_needs_k_and_one_supersteps() {
    for (limit, passes) in [(3, false), (4, true)] {
        let graph = nodes(&["a", "b", "c"]);
        let graph = graph
            .add_edge(START, "a")
            .add_edge("a", "b")
            .add_edge("b", "c");
        let mut rig = Rig::with(graph, |settings| settings.step_limit = limit);
        rig.start(Notes::default());
        while let Some((_, run)) = rig.running.first_key_value() {
            let node = run.task.node.as_str().to_owned();
            rig.done(&node);
        }
        match passes {
            true => assert_eq!(rig.final_state().log, ["a", "b", "c"]),
            false => assert!(
                rig.error().contains("limit of 3 supersteps"),
                "{}",
                rig.error()
            ),
        }
    }
}
