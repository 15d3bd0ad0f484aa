//! How many tasks run at once, and how attempts take turns.

use super::rig::{Notes, Rig, nodes};
use crate::engine::Input;
use crate::{NodeError, RetryPolicy, START};

fn three() -> crate::StateGraph<Notes> {
    nodes(&["a", "b", "c"])
        .add_edge(START, "a")
        .add_edge(START, "b")
        .add_edge(START, "c")
}

#[test]
fn tasks_start_in_order_while_there_are_places() {
    let mut rig = Rig::with(three(), |settings| settings.max_concurrency = 2);
    rig.start(Notes::default());
    assert_eq!(rig.running(), ["a", "b"]);
    rig.done("b");
    assert_eq!(rig.running(), ["a", "c"]);
    rig.done("a");
    rig.done("c");
    assert_eq!(rig.final_state().log, ["a", "b", "c"]);
}

#[test]
fn a_task_that_backs_off_leaves_its_place_to_another() {
    let graph = three().retry("a", RetryPolicy::default());
    let mut rig = Rig::with(graph, |settings| settings.max_concurrency = 1);
    rig.start(Notes::default());
    rig.end_task("a", Err(NodeError::failed("not now")));
    assert_eq!((rig.running(), &rig.timers[..]), (vec!["b"], &[0][..]));
    rig.tell(Input::TimerFired { slot: 0 });
    assert_eq!(rig.running(), ["b"], "it waits for a place again");
    rig.done("b");
    rig.done("c");
    assert_eq!(
        rig.running
            .values()
            .map(|run| run.attempt)
            .collect::<Vec<_>>(),
        [2]
    );
    rig.done("a");
    assert_eq!(rig.final_state().log, ["a", "b", "c"]);
}

#[test]
fn attempts_end_as_the_policy_says() {
    let policy = RetryPolicy {
        max_attempts: 3,
        ..RetryPolicy::default()
    };
    for (name, error, attempts) in [
        (
            "a failure is tried three times",
            NodeError::failed as fn(&'static str) -> NodeError,
            3,
        ),
        ("what is fatal once", NodeError::fatal, 1),
    ] {
        let graph = nodes(&["a"]).add_edge(START, "a").retry("a", policy);
        let mut rig = Rig::new(graph, None);
        rig.start(Notes::default());
        let mut seen = 0;
        while rig.end.is_none() {
            seen += 1;
            rig.end_task("a", Err(error("broken")));
            if let Some(slot) = rig.timers.pop() {
                rig.tell(Input::TimerFired { slot });
            }
        }
        assert_eq!(seen, attempts, "{name}");
        assert!(
            rig.error().ends_with(&format!("attempt {attempts}")),
            "{}",
            rig.error()
        );
    }
}

#[test]
#[should_panic(expected = "a task finishes once, after it was started")]
fn a_second_end_of_a_task_is_refused() {
    let mut rig = Rig::new(three(), None);
    rig.start(Notes::default());
    for _ in 0..2 {
        rig.tell(Input::TaskFinished {
            beside: None,
            slot: 0,
            result: Ok(crate::Command::none()),
        });
    }
}
