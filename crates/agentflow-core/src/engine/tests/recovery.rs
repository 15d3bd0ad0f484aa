//! Where a run goes on.

use super::rig::{Notes, Rig, line, nodes, resumption};
use crate::engine::{Emission, End, Finished, Resumption, Scheduled, StartFrom};
use crate::id::TaskId;
use crate::{Durability, START, Step};

fn diamond() -> crate::StateGraph<Notes> {
    let graph = nodes(&["a", "b", "c"]);
    graph
        .add_edge(START, "a")
        .add_edge(START, "b")
        .add_join(["a", "b"], "c")
}

fn half_done(finished: &[&str]) -> StartFrom<Notes> {
    let next = [0, 1].map(Scheduled::node);
    let finished = finished.iter().map(|node| Finished {
        task: TaskId {
            step: Step(1),
            node: (*node).into(),
            index: 0,
        },
        command: line(node),
        handled: false,
        beside: None,
    });
    StartFrom::Superstep(Resumption {
        finished: finished.collect(),
        ..resumption(next.into(), vec![vec![false; 2]])
    })
}

#[test]
fn a_finished_task_neither_runs_again_nor_says_that_it_starts() {
    for (finished, want) in [
        (&[][..], &["a", "b"][..]),
        (&["a"], &["b"]),
        (&["b"], &["a"]),
    ] {
        let mut rig = Rig::new(diamond(), Some(Durability::Sync));
        rig.start_from(Some((2, 0)), Notes::default(), half_done(finished));
        assert_eq!(rig.running(), want, "{finished:?}");
        let started = rig
            .shown
            .iter()
            .filter(|emission| matches!(emission, Emission::Started { .. }));
        assert_eq!(started.count(), want.len(), "{finished:?}: {:?}", rig.shown);
        want.iter().for_each(|node| rig.done(node));
        (0..rig.saves.len()).for_each(|save| rig.saved(rig.saves[save].slot));
        rig.persisted();
        assert_eq!(rig.running(), ["c"]);
        rig.done("c");
        rig.persisted();
        assert_eq!(rig.final_state().log, ["a", "b", "c"], "{finished:?}");
    }
}

#[test]
fn a_superstep_whose_tasks_all_finished_is_committed_at_once() {
    let mut rig = Rig::new(diamond(), Some(Durability::Sync));
    rig.start_from(Some((2, 0)), Notes::default(), half_done(&["a", "b"]));
    assert_eq!((rig.running(), rig.persists.len()), (vec![], 1));
    assert_eq!(rig.persists[0].state.log, ["a", "b"]);
}

#[test]
fn finished_tasks_take_no_place_from_others() {
    let mut rig = Rig::with(diamond(), |settings| {
        settings.durability = Some(Durability::Sync);
        settings.max_concurrency = 1;
    });
    rig.start_from(Some((2, 0)), Notes::default(), half_done(&["a"]));
    assert_eq!(rig.running(), ["b"]);
}

#[test]
fn a_new_input_gives_up_the_unfinished_superstep_and_what_joins_have_seen() {
    let mut rig = Rig::new(diamond(), Some(Durability::Sync));
    let input = Notes::update().log(["again"]);
    let state = Notes {
        log: vec!["old".into()],
        ..Notes::default()
    };
    rig.start_from(Some((7, 5)), state, StartFrom::Input(input));
    assert_eq!((rig.persists[0].id.0, rig.persists[0].step.0), (8, 6));
    rig.persisted();
    assert_eq!((rig.persists[1].id.0, rig.persists[1].step.0), (9, 7));
    assert_eq!(rig.persists[1].state.log, ["old", "again"]);
    rig.persisted();
    assert_eq!(rig.running(), ["a", "b"]);
}

#[test]
fn a_done_thread_goes_on_to_its_end_without_a_superstep() {
    let mut rig = Rig::new(diamond(), Some(Durability::Sync));
    let from = StartFrom::Superstep(resumption(vec![], vec![vec![false; 2]]));
    rig.start_from(
        Some((4, 2)),
        Notes {
            n: 5,
            ..Notes::default()
        },
        from,
    );
    assert_eq!((rig.final_state().n, rig.persists.len()), (5, 0));
}

#[test]
fn an_input_that_cannot_be_applied_displaces_nothing() {
    let mut rig = Rig::new(diamond(), Some(Durability::Sync));
    let input = Notes::update().last("one").last("two");
    rig.start_from(Some((2, 0)), Notes::default(), StartFrom::Input(input));
    assert!(matches!(rig.end, Some(End::Failed { .. })), "{:?}", rig.end);
    assert!(rig.persists.is_empty());
}
