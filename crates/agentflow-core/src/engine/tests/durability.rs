//! What waits for the store, and what may be seen before.

use super::rig::{Notes, Rig, nodes};
use crate::engine::{Emission, Input};
use crate::{Durability, START};

fn side_by_side() -> crate::StateGraph<Notes> {
    let graph = nodes(&["a", "b", "c"]);
    graph
        .add_edge(START, "a")
        .add_edge(START, "b")
        .add_edge("a", "c")
        .add_edge("b", "c")
}

fn row() -> crate::StateGraph<Notes> {
    nodes(&["a", "b", "c"])
        .add_edge(START, "a")
        .add_edge("a", "b")
        .add_edge("b", "c")
}

#[test]
fn in_sync_a_superstep_begins_after_the_last_one_is_stored() {
    let mut rig = Rig::new(row(), Some(Durability::Sync));
    rig.start(Notes::default());
    for (stored, node) in [(2, "a"), (3, "b"), (4, "c")] {
        while rig.persists.len() < stored {
            assert_eq!(rig.running(), [""; 0]);
            rig.persisted();
        }
        assert_eq!(rig.running(), [""; 0]);
        rig.persisted();
        assert_eq!(rig.running(), [node]);
        rig.done(node);
    }
    assert!(rig.end.is_none(), "the end is not told before it is stored");
    rig.persisted();
    assert_eq!(rig.final_state().log, ["a", "b", "c"]);
    assert_eq!(
        rig.persists.iter().map(|to| to.step.0).collect::<Vec<_>>(),
        [-1, 0, 1, 2, 3]
    );
}

#[test]
fn in_sync_nobody_sees_an_update_before_the_store_has_it() {
    let mut rig = Rig::new(side_by_side(), Some(Durability::Sync));
    rig.start(Notes::default());
    rig.persisted();
    rig.persisted();
    rig.done("a");
    assert_eq!(rig.updates_shown(), [""; 0], "`a` is being saved");
    rig.saved(0);
    assert_eq!(rig.updates_shown(), ["a"]);
    rig.done("b");
    assert_eq!(
        rig.updates_shown(),
        ["a"],
        "`b` is stored with the superstep"
    );
    rig.persisted();
    assert_eq!(rig.updates_shown(), ["a", "b"]);
}

#[test]
fn in_async_supersteps_run_ahead_but_are_seen_in_the_order_in_which_they_are_stored() {
    let mut rig = Rig::new(row(), Some(Durability::Async));
    rig.start(Notes::default());
    rig.done("a");
    rig.done("b");
    assert_eq!(rig.running(), ["c"]);
    assert_eq!(rig.persists.len(), 1, "one commit at a time");
    assert_eq!(rig.updates_shown(), [""; 0]);
    rig.persisted();
    rig.persisted();
    assert_eq!(rig.updates_shown(), [""; 0], "START is stored, `a` is not");
    rig.persisted();
    assert_eq!(rig.updates_shown(), ["a"]);
    rig.done("c");
    assert!(rig.end.is_none(), "all is stored before the end");
    rig.persisted();
    rig.persisted();
    assert_eq!(rig.final_state().log, ["a", "b", "c"]);
    let steps: Vec<_> = rig.shown.iter().filter_map(checkpoint).collect();
    assert_eq!(steps, [1, 2, 3, 4, 5]);
}

fn checkpoint(emission: &Emission<Notes>) -> Option<u64> {
    match emission {
        Emission::Checkpointed(shown) => Some(shown.id.0),
        _ => None,
    }
}

#[test]
fn in_async_a_run_does_not_get_ahead_without_limit() {
    let graph = nodes(&["a"]).add_edge(START, "a").add_edge("a", "a");
    let mut rig = Rig::with(graph, |settings| {
        settings.durability = Some(Durability::Async);
        settings.step_limit = 1_000;
    });
    rig.start(Notes::default());
    while !rig.running.is_empty() {
        rig.done("a");
    }
    assert!(
        rig.started.len() < 100,
        "{} supersteps wait for the store",
        rig.started.len()
    );
    rig.persisted();
    assert_eq!(rig.running(), ["a"]);
}

#[test]
fn in_exit_one_checkpoint_is_stored_with_all_that_changed() {
    let mut rig = Rig::new(row(), Some(Durability::Exit));
    rig.start(Notes::default());
    ["a", "b", "c"].iter().for_each(|node| rig.done(node));
    assert_eq!(rig.persists.len(), 1);
    let stored = &rig.persists[0];
    assert_eq!((stored.id.0, stored.parent, stored.step.0), (1, None, 3));
    assert!(
        (0..3).all(|field| stored.changed.contains(field)),
        "the input wrote all fields"
    );
    rig.persisted();
    assert_eq!(rig.final_state().log, ["a", "b", "c"]);
}

#[test]
fn in_exit_a_task_can_ask_for_what_it_builds_on_to_be_stored() {
    let mut rig = Rig::new(row(), Some(Durability::Exit));
    rig.start(Notes::default());
    rig.done("a");
    rig.tell(Input::StoreNow);
    assert_eq!(rig.persists.len(), 1);
    assert_eq!(
        rig.running.values().next().unwrap().base,
        rig.persists[0].id
    );
    rig.persisted();
    rig.done("b");
    rig.done("c");
    assert_eq!(
        (rig.persists.len(), rig.persists[1].parent),
        (2, Some(rig.persists[0].id))
    );
    rig.persisted();
    assert_eq!(rig.final_state().log, ["a", "b", "c"]);
}

#[test]
fn without_a_store_nothing_is_asked_of_one() {
    let mut rig = Rig::new(side_by_side(), None);
    rig.start(Notes::default());
    ["b", "a", "c"].iter().for_each(|node| rig.done(node));
    assert_eq!((rig.persists.len(), rig.saves.len()), (0, 0));
    assert_eq!(rig.final_state().log, ["a", "b", "c"]);
}
