//! A run that nobody stores or watches takes a shorter way through a superstep of one
//! task. Nothing may come of that but time.

use super::rig::{Notes, Rig, line, nodes, question};
use crate::engine::Input;
use crate::error::NodeError;
use crate::stream::StreamModes;
use crate::{Command, Goto, NodeResult, RetryPolicy, START};

/// What the first node replies, once.
type Reply = fn() -> NodeResult<Command<Notes>>;

/// `a` leads to `b`, which leads to `c` and back to itself until there are three lines.
fn machine(is_watched: bool) -> Rig {
    let on = |notes: &Notes| match notes.log.len() {
        0..3 => vec!["b"],
        3 => vec!["c"],
        _ => panic!("four lines are too many"),
    };
    let graph = nodes(&["a", "b", "c"])
        .retry("a", RetryPolicy::default())
        .add_edge(START, "a")
        .add_edge("a", "b")
        .add_conditional_edges("b", on, ["b", "c"]);
    let mut rig = Rig::with(graph, |settings| {
        settings.watched = match is_watched {
            true => StreamModes::ALL,
            false => StreamModes::default(),
        };
    });
    rig.start(Notes::default());
    rig
}

/// All that the machine did, and how it ended.
fn played(mut rig: Rig, reply: Reply) -> String {
    rig.end_task("a", reply());
    while rig.end.is_none() {
        if rig.running.is_empty() {
            let slot = rig.timers.pop().unwrap();
            rig.tell(Input::TimerFired { slot });
        }
        for node in rig
            .running()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
        {
            if rig.end.is_none() {
                rig.done(&node);
            }
        }
    }
    let attempts = rig.started.join(" ");
    format!("{attempts}: {:?}", rig.end.unwrap())
}

#[test]
fn the_shorter_way_comes_to_the_same() {
    let replies: [(&str, Reply, &str); 8] = [
        ("a line", || Ok(line("a")), "a b b c: Done"),
        ("nothing", || Ok(Command::none()), "a b b b c: Done"),
        ("another way", || Ok(Command::goto("c")), "a b c b c: Done"),
        (
            "a way to nowhere",
            || Ok(Command::goto(Goto::Node("nowhere".into()))),
            "a: Failed",
        ),
        (
            "a failure",
            || Err(NodeError::failed(std::io::Error::other("down"))),
            "a a b b c: Done",
        ),
        (
            "a failure for good",
            || Err(NodeError::fatal(std::io::Error::other("gone"))),
            "a: Failed",
        ),
        ("a question", || Err(question("q")), "a: Interrupted"),
        (
            "a router's panic",
            || Ok(Notes::update().log(["1", "2", "3", "4"]).into()),
            "a b: Failed",
        ),
    ];
    for (name, reply, begins) in replies {
        let plain = played(machine(false), reply);
        assert!(plain.starts_with(begins), "{name}: {plain}");
        assert_eq!(plain, played(machine(true), reply), "{name}");
    }
}

#[test]
fn a_cancelled_task_is_stopped_on_the_shorter_way_as_well() {
    for is_watched in [false, true] {
        let mut rig = machine(is_watched);
        rig.tell(Input::Cancel("enough".to_owned()));
        assert!(rig.running.is_empty(), "{is_watched}");
        assert_eq!(
            rig.error(),
            "the run of thread `t` was cancelled: enough; `proceed` goes on with it",
            "{is_watched}"
        );
        // It lost the race.
        rig.tell(Input::TaskFinished {
            slot: 0,
            result: Ok(line("late")),
            beside: None,
        });
    }
}
