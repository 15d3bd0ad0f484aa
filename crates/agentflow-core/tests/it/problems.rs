//! What is wrong or odd about a graph, and how it is said.

use std::sync::Arc;

use agentflow_core::{
    CachePolicy, END, Error, GraphError, GraphProblem, GraphWarning, NodeContext, NodeResult,
    RetryPolicy, START, StateGraph,
};

use crate::support::{Notes, row, step};

fn problems(graph: StateGraph<Notes>) -> GraphError {
    graph.compile().unwrap_err()
}

fn nodes(names: &[&str]) -> StateGraph<Notes> {
    let start = StateGraph::new().add_edge(START, names[0]);
    names
        .iter()
        .fold(start, |graph, name| graph.add_node(*name, step))
}

async fn on_payload(_: Arc<u32>, _: NodeContext) -> NodeResult<()> {
    Ok(())
}

#[test]
fn each_problem_says_where_it_is_and_what_to_do() {
    let graph = || nodes(&["write", "review"]).add_send_node("worker", on_payload);
    let anywhere = |_: &Notes| END;
    for (graph, want) in [
        (
            graph().add_edge("wirte", "review"),
            "the edge `wirte` -> `review` names `wirte`, which is no node of this graph; did you mean `write`?",
        ),
        (
            graph().add_edge("write", "end"),
            "the edge `write` -> `end` names `end`, which is no node of this graph; did you mean `END`?",
        ),
        (
            graph().add_edge("start", "write"),
            "the edge `start` -> `write` names `start`, which is no node of this graph; did you mean `START`?",
        ),
        (
            graph().add_edge("write", "publish"),
            "the edge `write` -> `publish` names `publish`, which is no node of this graph; add it with `add_node`",
        ),
        (
            graph().add_join(["write", "Review"], "worker_2"),
            "the graph has 2 problems:\n  \
             1. the join of `write`, `Review` -> `worker_2` names `Review`, which is no node of this graph; did you mean `review`?\n  \
             2. the join of `write`, `Review` -> `worker_2` names `worker_2`, which is no node of this graph; did you mean `worker`?",
        ),
        (
            graph().add_conditional_edges("write", anywhere, ["reveiw", "reveiw", END]),
            "the conditional edge of `write` names `reveiw`, which is no node of this graph; did you mean `review`?",
        ),
        (
            graph().retry("writer", RetryPolicy::default()),
            "a retry policy names `writer`, which is no node of this graph; did you mean `write`?",
        ),
        (
            graph().add_edge("write", "worker"),
            "the edge `write` -> `worker` leads to `worker`, which runs on a payload of its own: let a conditional edge `Send` to it, or add it with `add_node`",
        ),
        (
            graph().add_edge(END, "write"),
            "the edge `END` -> `write` leads out of END, where every path ends: lead it out of the last node",
        ),
        (
            graph().add_edge("write", START),
            "the edge `write` -> `START` leads to START, where a run only begins: lead it to the first node",
        ),
        (
            graph().add_join([START, "write"], "review"),
            "the join of `START`, `write` -> `review` waits for START, which every run has passed already: leave it out",
        ),
        (
            graph().add_join(["write", "write", "write"], "review"),
            "the join of `write`, `write`, `write` -> `review` names `write` twice, but waits for each node once: name it once",
        ),
        (
            graph().add_join([] as [&str; 0], "review"),
            "the join -> `review` waits for no node, so it would never be taken: name the nodes it waits for",
        ),
        (
            graph().add_conditional_edges("write", anywhere, [] as [&str; 0]),
            "the conditional edge of `write` has no destinations, so it could go nowhere: name those that its router may say",
        ),
        (
            graph().add_node("write", step),
            "node `write` is added twice: give one of them another name",
        ),
        (
            graph().add_node("a/b", step),
            "`a/b` cannot name a node: START and END are taken, a name is not empty and holds none of `|` `:` `/` `#` `!`",
        ),
        (
            // It would share its graphs inside with a second call of `a`.
            graph().add_node("a#1", step),
            "`a#1` cannot name a node: START and END are taken, a name is not empty and holds none of `|` `:` `/` `#` `!`",
        ),
        (
            graph().cache_by("worker", CachePolicy::default(), |notes: &Notes| {
                notes.n.to_string()
            }),
            "the cache key of `worker` looks at the state, and the node runs on a payload of its own: use `cache`, which compares payloads",
        ),
        (
            StateGraph::new()
                .add_node("write", step)
                .add_node("review", step)
                .add_edge("write", "review"),
            "nothing leads from START: add an edge from it to the first node, which may be `write`",
        ),
        (
            StateGraph::new(),
            "nothing leads from START: add an edge from it to the first node",
        ),
    ] {
        assert_eq!(problems(graph).to_string(), want);
    }
}

#[test]
fn several_problems_are_numbered_lines_however_they_are_printed() {
    let error = problems(
        nodes(&["write"])
            .add_edge("wirte", END)
            .add_edge("write", START),
    );
    let want = "the graph has 2 problems:\n  \
        1. the edge `wirte` -> `END` names `wirte`, which is no node of this graph; did you mean `write`?\n  \
        2. the edge `write` -> `START` leads to START, where a run only begins: lead it to the first node";
    assert_eq!(error.to_string(), want);
    assert_eq!(format!("{error:?}"), want);
    assert!(
        format!("{error:#?}").starts_with("GraphError {\n    problems: [\n        UnknownNode {")
    );
    assert!(matches!(
        &error.problems[0],
        GraphProblem::UnknownNode { suggestion: Some(name), .. } if name.as_str() == "write"
    ));
    assert_eq!(
        format!("{:?}", Error::from(error)),
        format!("Graph({want})")
    );
}

#[test]
fn what_is_said_twice_without_harm_is_no_problem() {
    let graph = row(&["write", "review"])
        .add_edge("write", "review")
        .add_join(["write", "review"], END)
        .retry("write", RetryPolicy::default())
        .retry("write", RetryPolicy::default());
    assert_eq!(graph.compile().unwrap().plan().warnings(), []);
}

#[test]
fn what_only_a_command_can_reach_is_a_warning() {
    let nobody = "no edge leads from START to";
    for (what, graph, want) in [
        ("an orphan", nodes(&["a", "b"]), vec![("b", nobody)]),
        (
            "an orphan's followers are not told",
            nodes(&["a", "b", "c"]).add_edge("b", "c"),
            vec![("b", nobody)],
        ),
        (
            "one of a circle is told",
            nodes(&["a", "b", "c"])
                .add_edge("b", "c")
                .add_edge("c", "b"),
            vec![("b", nobody)],
        ),
        (
            "a node that leads only to itself",
            nodes(&["a", "b"]).add_edge("b", "b"),
            vec![("b", nobody)],
        ),
        (
            "a node that nobody sends to",
            nodes(&["a"]).add_send_node("w", on_payload),
            vec![("w", "no conditional edge may send to")],
        ),
        (
            "a join that waits for an orphan",
            nodes(&["a", "b", "c"]).add_join(["a", "b"], "c"),
            vec![("b", nobody), ("c", "the join to `c` waits for `b`")],
        ),
        (
            "a join of orphans says nothing new",
            nodes(&["a", "b", "c", "d"]).add_join(["b", "c"], "d"),
            vec![("b", nobody), ("c", nobody)],
        ),
        (
            "a join that waits for its own follower",
            nodes(&["a", "b", "c"])
                .add_join(["a", "c"], "b")
                .add_edge("b", "c"),
            vec![("b", "the join to `b` waits for `c`"), ("b", nobody)],
        ),
        (
            "a conditional edge is a way",
            nodes(&["a", "b"]).add_conditional_edges("a", |_: &Notes| END, ["b", END]),
            vec![],
        ),
    ] {
        let warnings = graph.compile().unwrap().plan().warnings();
        let told: Vec<_> = warnings
            .iter()
            .map(|warning| warning.node().as_str())
            .collect();
        let nodes: Vec<_> = want.iter().map(|(node, _)| *node).collect();
        assert_eq!(told, nodes, "{what}: {warnings:?}");
        for (warning, (_, start)) in warnings.iter().zip(want) {
            assert!(warning.to_string().starts_with(start), "{what}: {warning}");
        }
    }
}

#[test]
fn a_warning_says_what_to_do() {
    let graph = nodes(&["a", "b", "c"])
        .add_join(["a", "b"], "c")
        .compile()
        .unwrap();
    let said: Vec<String> = graph
        .plan()
        .warnings()
        .iter()
        .map(GraphWarning::to_string)
        .collect();
    assert_eq!(
        said,
        [
            "no edge leads from START to `b`: it runs only if a `Command` goes there; add an edge to it otherwise",
            "the join to `c` waits for `b`, which no edge leads to from START: it is taken only if a `Command` goes there",
        ]
    );
}
