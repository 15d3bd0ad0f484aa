//! What runs next.

use super::rig::{Notes, Rig, idle, line, nodes};
use crate::{Command, END, Goto, START, Send, StateGraph};

async fn on_number(_: std::sync::Arc<u32>, _: crate::NodeContext) -> crate::NodeResult<()> {
    Ok(())
}

/// Runs to the end, all tasks of a superstep in the order of their slots.
fn started(graph: StateGraph<Notes>, reply: impl Fn(&str) -> Command<Notes>) -> Vec<String> {
    let mut rig = Rig::new(graph, None);
    rig.start(Notes::default());
    while let Some((_, run)) = rig.running.first_key_value() {
        let node = run.task.node.as_str().to_owned();
        rig.end_task(&node, Ok(reply(&node)));
    }
    assert!(
        matches!(rig.end, Some(crate::engine::End::Done(_))),
        "{:?}",
        rig.end
    );
    rig.started
}

#[test]
fn a_node_after_branches_of_equal_length_runs_once_and_of_unequal_length_twice() {
    let equal = nodes(&["a", "b", "c", "d"])
        .add_edge(START, "a")
        .add_edge("a", "b")
        .add_edge("a", "c")
        .add_edge("b", "d")
        .add_edge("c", "d");
    assert_eq!(started(equal, line), ["a", "b", "c", "d"]);
    let unequal = nodes(&["a", "b", "c", "d", "e"])
        .add_edge(START, "a")
        .add_edge("a", "b")
        .add_edge("a", "c")
        .add_edge("c", "e")
        .add_edge("b", "d")
        .add_edge("e", "d");
    assert_eq!(started(unequal, line), ["a", "b", "c", "d", "e", "d"]);
}

#[test]
fn a_join_runs_once_after_the_last_and_waits_for_all_again() {
    let graph = nodes(&["a", "b", "c", "d", "e"])
        .add_edge(START, "a")
        .add_edge("a", "b")
        .add_edge("a", "c")
        .add_edge("c", "e")
        .add_join(["b", "e"], "d")
        .add_conditional_edges(
            "d",
            |notes: &Notes| if notes.n < 2 { "a" } else { END },
            ["a", END],
        );
    let reply = |node: &str| match node {
        "d" => Notes::update().n(1).into(),
        _ => Command::none(),
    };
    assert_eq!(
        started(graph, reply),
        ["a", "b", "c", "e", "d", "a", "b", "c", "e", "d"]
    );
}

#[test]
fn a_join_counts_one_report_for_several_tasks_of_a_node() {
    // `a` reports by an edge's task and by a send's: the second is no report for the
    // next round.
    let graph = StateGraph::new()
        .add_node("start", idle)
        .add_node("b", idle)
        .add_send_node::<u32, _>("w", on_number)
        .add_node("j", idle)
        .add_edge(START, "start")
        .add_edge("start", "b")
        .add_conditional_edges(
            "start",
            |_: &Notes| [1, 2].map(|n: u32| Send::new("w", n)),
            ["w"],
        )
        .add_join(["b", "w"], "j")
        .add_conditional_edges("j", |n: &Notes| if n.n < 2 { "b" } else { END }, ["b", END]);
    let reply = |node: &str| match node {
        "j" => Notes::update().n(1).into(),
        _ => Command::none(),
    };
    assert_eq!(
        started(graph, reply),
        ["start", "b", "w#1", "w#2", "j", "b"]
    );
}

#[test]
fn a_goto_runs_besides_the_static_edges() {
    let graph = nodes(&["a", "x", "y"])
        .add_edge(START, "a")
        .add_edge("a", "y");
    let reply = |node: &str| match node {
        "a" => Command::goto("x"),
        _ => Command::none(),
    };
    assert_eq!(started(graph, reply), ["a", "x", "y"]);
}

#[test]
fn nodes_by_name_come_before_sends_in_the_order_of_their_senders() {
    let graph = StateGraph::new()
        .add_node("a", idle)
        .add_node("b", idle)
        .add_node("z", idle)
        .add_send_node::<u32, _>("w", on_number)
        .add_edge(START, "b")
        .add_edge(START, "a")
        .add_edge("a", "z");
    let reply = |node: &str| match node {
        "a" => Command::goto([Send::new("w", 1_u32), Send::new("w", 2_u32)]),
        "b" => Command::goto(Send::new("w", 3_u32)),
        _ => Command::none(),
    };
    assert_eq!(started(graph, reply), ["a", "b", "z", "w#1", "w#2", "w#3"]);
}

#[test]
fn a_router_sees_its_own_nodes_writes_and_not_those_of_siblings() {
    let graph = nodes(&["a", "b", "saw_both", "saw_own"])
        .add_edge(START, "a")
        .add_edge(START, "b")
        .add_conditional_edges(
            "a",
            |notes: &Notes| {
                assert_eq!(notes.last, "a's");
                if notes.n == 1 { "saw_both" } else { "saw_own" }
            },
            ["saw_both", "saw_own"],
        );
    let reply = |node: &str| match node {
        "a" => Notes::update().last("a's").into(),
        "b" => Notes::update().n(1).into(),
        _ => Command::none(),
    };
    assert_eq!(started(graph, reply), ["a", "b", "saw_own"]);
}

#[test]
fn wrong_targets_are_errors_that_name_both_ends() {
    let graph = || {
        StateGraph::new()
            .add_node("a", idle)
            .add_send_node::<u32, _>("w", on_number)
            .add_edge(START, "a")
    };
    let cases: [(&str, Goto, &str); 5] = [
        (
            "an unknown node",
            Goto::Node("nope".into()),
            "`a` goes to `nope`",
        ),
        (
            "a send to no node",
            Goto::Send(Send::new("nope", 1_u32)),
            "`a` goes to `nope`",
        ),
        (
            "a send without need",
            Goto::Send(Send::new("a", 1_u32)),
            "add it by `add_send_node`",
        ),
        (
            "a payload's node by name",
            Goto::Node("w".into()),
            "use `Send`",
        ),
        (
            "another type",
            Goto::Send(Send::new("w", "text")),
            "a payload of another type",
        ),
    ];
    for (name, goto, want) in cases {
        let mut rig = Rig::new(graph(), Some(crate::Durability::Sync));
        rig.start(Notes::default());
        rig.persisted();
        rig.persisted();
        rig.end_task("a", Ok(Command::goto(goto.clone())));
        assert!(rig.error().contains(want), "{name}: {}", rig.error());
        assert!(
            rig.saves.is_empty(),
            "{name}: a task whose reply is wrong is not finished"
        );

        let routed = graph().add_conditional_edges("a", move |_: &Notes| goto.clone(), ["a", "w"]);
        let mut rig = Rig::new(routed, None);
        rig.start(Notes::default());
        rig.done("a");
        assert!(
            rig.error().contains("`a` goes to"),
            "{name}: {}",
            rig.error()
        );
    }
}
