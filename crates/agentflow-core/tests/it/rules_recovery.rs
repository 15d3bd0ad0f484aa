//! What is left of a superstep that did not end, and what each durability leaves of a run.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::CheckpointSource;
use agentflow_core::{
    Clock, Durability, NodeContext, NodeError, NodeResult, RunError, START, State, StateGraph,
    StateUpdate, Timestamp,
};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::rules_rig::{durable, fails, history, kept, names, state, texts, turns};
use crate::support::{Diary, Notes, Tampered, done, row, step};

#[tokio::test]
async fn a_half_finished_superstep_is_seen_live_with_its_writes_and_at_its_checkpoint_without() {
    let diary = Diary::default();
    let graph = StateGraph::new()
        .add_node("one", diary.node())
        .add_node("two", fails(1))
        .add_edge(START, "one")
        .add_edge(START, "two");
    let graph = kept(graph);
    let thread = graph.thread("t");
    let failed = thread.invoke(Notes::with(&["input"])).await;
    assert!(
        matches!(failed, Err(RunError::NodeFailed { .. })),
        "{failed:?}"
    );

    let live = state(&thread).await;
    assert_eq!(live.step.0, 0, "the checkpoint before the superstep");
    assert_eq!(live.values.log, ["input", "one"]);
    assert_eq!(names(&live), ["two"]);
    let two = live.tasks.iter().find(|task| task.node.as_str() == "two");
    assert_eq!(two.unwrap().error, ["broken"]);

    let recorded = state(&thread.clone().at(live.checkpoint)).await;
    assert_eq!(recorded.values.log, ["input"]);
    assert_eq!(names(&recorded), ["one", "two"]);

    assert_eq!(done(thread.proceed().await).log, ["input", "one", "two"]);
    assert_eq!(diary.count("one"), 1);
}

#[tokio::test]
async fn a_task_that_finished_before_a_sibling_failed_never_runs_again_however_close_they_were() {
    let all = [Durability::Sync, Durability::Async, Durability::Exit];
    for (durability, late) in all
        .into_iter()
        .flat_map(|it| (0..16).map(move |late| (it, late)))
    {
        let diary = Diary::default();
        let bad = move |_: Arc<Notes>, _: NodeContext| async move {
            turns(late).await;
            NodeResult::<()>::Err(NodeError::failed("broken"))
        };
        // The store takes a while, so that the failure comes before, during or after.
        let graph = StateGraph::new()
            .add_node("bad", bad)
            .add_node("good", diary.node())
            .add_edge(START, "bad")
            .add_edge(START, "good")
            .compile_with(Tampered::new())
            .unwrap();
        let graph = durable(graph, durability);
        let thread = graph.thread("t");
        assert!(thread.invoke(Notes::default()).await.is_err());
        for _ in 0..3 {
            assert!(thread.proceed().await.is_err());
        }
        // A failure at once leaves it no time to begin.
        let want = usize::from(late > 0);
        assert_eq!(diary.count("good"), want, "{durability:?} {late}");
    }
}

#[tokio::test]
async fn a_failed_run_and_one_with_new_input_leave_six_checkpoints_or_two_in_exit() {
    for (durability, want) in [
        (Durability::Sync, 6),
        (Durability::Async, 6),
        (Durability::Exit, 2),
    ] {
        let attempts = |notes: Arc<Notes>, cx: NodeContext| async move {
            if notes.n == 1 {
                return Err(NodeError::failed("broken"));
            }
            Ok(crate::support::line(cx.node().as_str()))
        };
        let graph = StateGraph::new()
            .add_node("first", attempts)
            .add_node("second", step)
            .add_edge(START, "first")
            .add_edge("first", "second");
        let graph = durable(kept(graph), durability);
        let thread = graph.thread("t");
        let once = Notes {
            n: 1,
            ..Notes::with(&["start"])
        };
        assert!(thread.invoke(once.clone()).await.is_err());
        let failed = state(&thread).await;
        assert_eq!((&failed.values, names(&failed)), (&once, vec!["first"]));
        assert_eq!(failed.tasks[0].error, ["broken"], "{durability:?}");

        let again = agentflow_core::RunInput::update(Notes::update().n(1));
        let want_log = ["start", "first", "second"];
        assert_eq!(done(thread.invoke(again).await).log, want_log);
        assert_eq!(history(&thread).await.len(), want, "{durability:?}");
    }
}

#[tokio::test]
async fn in_exit_a_failed_run_leaves_one_checkpoint_with_its_finished_supersteps_and_the_error() {
    let graph = row(&["a", "b"])
        .add_node("bad", fails(1))
        .add_edge("b", "bad");
    let graph = durable(kept(graph), Durability::Exit);
    let thread = graph.thread("t");
    assert!(thread.invoke(Notes::default()).await.is_err());
    assert_eq!(history(&thread).await.len(), 1);
    let left = state(&thread).await;
    assert_eq!(
        (&left.values.log[..], left.step.0),
        (&texts(&["a", "b"])[..], 2)
    );
    assert_eq!(
        (names(&left), &left.tasks[0].error[..]),
        (vec!["bad"], &texts(&["broken"])[..])
    );
    assert_eq!(done(thread.proceed().await).log, ["a", "b", "bad"]);
    assert_eq!(history(&thread).await.len(), 2);
}

/// A clock that stands still.
#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp(7)
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn checkpoints_are_numbered_upwards_over_runs_branches_and_edits_without_looking_at_a_clock()
{
    let graph = kept(row(&["a", "b"])).with_clock(Stopped);
    let thread = graph.thread("t");
    let _first = thread.invoke(Notes::default()).await.unwrap();
    let old = history(&thread).await[1].id;
    let _branch = thread.clone().at(old).proceed().await.unwrap();
    let edit = StateUpdate::as_node("a", Notes::update().n(1));
    let edited = thread.clone().at(old).update_state(edit).await.unwrap();
    let _on = thread.proceed().await.unwrap();

    let all = history(&thread).await;
    let ids: Vec<u64> = all.iter().map(|it| it.id.0).collect();
    assert_eq!(ids, (1..=9).collect::<Vec<_>>());
    let parents: Vec<u64> = all
        .iter()
        .map(|it| it.parent.map_or(0, |id| id.0))
        .collect();
    assert_eq!(parents, [0, 1, 2, 3, 2, 5, 6, 2, 8]);
    assert_eq!(edited.0, 8);
    let newest = state(&thread).await;
    assert_eq!(
        (newest.checkpoint.0, newest.source),
        (9, CheckpointSource::Loop)
    );
    assert_eq!(
        (newest.values.n, &newest.values.log[..]),
        (1, &texts(&["b"])[..])
    );
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
struct Measured {
    value: f64,
    #[state(reducer = append)]
    log: Vec<String>,
}

#[tokio::test]
async fn a_value_that_no_store_can_hold_ends_the_run_at_its_superstep_and_keeps_what_was_before() {
    for (durability, kept_steps, runs_on) in [
        (Durability::Sync, Some(1), 0),
        (Durability::Async, Some(1), 1),
        (Durability::Exit, None, 1),
    ] {
        let diary = Diary::default();
        let noted = diary.clone();
        let after = move |_: Arc<Measured>, cx: NodeContext| {
            noted.note(cx.node().as_str());
            std::future::ready(NodeResult::Ok(Measured::update().log(["after"])))
        };
        let spoils = |_: Arc<Measured>, _: NodeContext| async {
            NodeResult::Ok(Measured::update().value(f64::NAN))
        };
        let good = |_: Arc<Measured>, _: NodeContext| async {
            NodeResult::Ok(Measured::update().log(["good"]))
        };
        let graph = StateGraph::new()
            .add_node("good", good)
            .add_node("spoils", spoils)
            .add_node("after", after)
            .add_edge(START, "good")
            .add_sequence(["good", "spoils", "after"])
            .compile_with(Tampered::new())
            .unwrap();
        let graph = durable(graph, durability);
        let thread = graph.thread("t");
        let refused = thread.invoke(Measured::default()).await;
        assert!(
            matches!(refused, Err(RunError::Codec(_))),
            "{durability:?}: {refused:?}"
        );
        assert!(diary.count("after") <= runs_on, "{durability:?}");
        let left = thread.state().await.unwrap();
        assert_eq!(left.map(|it| it.step.0), kept_steps, "{durability:?}");
    }
}
