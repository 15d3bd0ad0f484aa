//! How the writes of one superstep meet.

use super::rig::{Notes, Rig, nodes};
use crate::{Command, START};

fn two_side_by_side() -> Rig {
    let graph = nodes(&["a", "b"]).add_edge(START, "a").add_edge(START, "b");
    let mut rig = Rig::new(graph, None);
    rig.start(Notes {
        log: vec!["input".into()],
        ..Notes::default()
    });
    rig
}

#[test]
fn writes_fold_in_task_order_whatever_finishes_first() {
    for order in [["a", "b"], ["b", "a"]] {
        let mut rig = two_side_by_side();
        order.iter().for_each(|node| rig.done(node));
        assert_eq!(rig.final_state().log, ["input", "a", "b"], "{order:?}");
    }
}

#[test]
fn writes_to_a_field_without_reducer() {
    let write = |text: Option<&str>| -> Command<Notes> {
        text.map_or(Notes::update(), |text| Notes::update().last(text))
            .into()
    };
    for (name, a, b, want) in [
        ("one writer wins", Some("a"), None, Ok("a")),
        ("no writer keeps the old", None, None, Ok("")),
        (
            "two in one superstep conflict",
            Some("a"),
            Some("b"),
            Err(
                "two nodes (`a` and `b`) of one superstep wrote `last`, which has no reducer to \
                 join them: give the field one, or let one node write it",
            ),
        ),
    ] {
        let mut rig = two_side_by_side();
        rig.end_task("b", Ok(write(b)));
        rig.end_task("a", Ok(write(a)));
        match want {
            Ok(want) => assert_eq!(rig.final_state().last, want, "{name}"),
            Err(want) => assert_eq!(rig.error(), want, "{name}"),
        }
    }
}

#[test]
fn an_overwrite_wins_over_every_other_write_of_its_superstep() {
    let overwrite =
        || -> Command<Notes> { Notes::update().overwrite_log(vec!["new".into()]).into() };
    let write = |text: &str| -> Command<Notes> { Notes::update().log([text]).into() };
    for (name, a, b, want) in [
        ("before a write", overwrite(), write("b"), Some(["new"])),
        ("after a write", write("a"), overwrite(), Some(["new"])),
        ("twice", overwrite(), overwrite(), None),
    ] {
        let mut rig = two_side_by_side();
        rig.end_task("a", Ok(a));
        rig.end_task("b", Ok(b));
        match want {
            Some(want) => assert_eq!(rig.final_state().log, want, "{name}"),
            None => assert!(
                rig.error().contains("overwrote `log`"),
                "{name}: {}",
                rig.error()
            ),
        }
    }
}

#[test]
fn one_node_may_write_a_reduced_field_several_times() {
    let mut rig = two_side_by_side();
    rig.end_task("a", Ok(Notes::update().log(["a1"]).log(["a2"]).into()));
    rig.done("b");
    assert_eq!(rig.final_state().log, ["input", "a1", "a2", "b"]);
}

#[test]
fn a_conflict_leaves_the_state_and_the_tasks_as_they_were() {
    let graph = nodes(&["a", "b"]).add_edge(START, "a").add_edge(START, "b");
    let mut rig = Rig::new(graph, Some(crate::Durability::Sync));
    rig.start(Notes::default());
    rig.persisted();
    rig.persisted();
    rig.end_task("a", Ok(Notes::update().last("a").into()));
    rig.saved(0);
    rig.end_task("b", Ok(Notes::update().last("b").into()));
    let before = rig.persists.len();
    rig.saved(1);
    assert_eq!(rig.saves.len(), 2, "both tasks stay finished");
    assert_eq!(
        rig.persists.len(),
        before,
        "nothing of the superstep is committed"
    );
    assert!(rig.error().contains("`last`"));
}
