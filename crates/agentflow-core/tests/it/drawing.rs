//! What a graph looks like: as data, and drawn.

use std::sync::Arc;

use agentflow_core::{
    CompiledGraph, END, EdgeKind, GraphDescription, NodeContext, NodeKind, NodeResult, START, Send,
    State, StateGraph,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::{Notes, row, step};

mod crowded;
mod languages;
mod terminal;

fn described(graph: StateGraph<Notes>) -> GraphDescription {
    graph.compile().unwrap().plan().describe()
}

async fn on_payload(_: Arc<u32>, _: NodeContext) -> NodeResult<()> {
    Ok(())
}

fn enough(notes: &Notes) -> &'static str {
    if notes.n > 2 { END } else { "write" }
}

fn split(notes: &Notes) -> Vec<Send> {
    (0..notes.n).map(|n| Send::new("worker", n)).collect()
}

fn branch_with_loop() -> StateGraph<Notes> {
    row(&["research", "write", "review"]).add_conditional_edges("review", enough, ["write", END])
}

fn diamond() -> StateGraph<Notes> {
    ["split", "left", "right", "judge"]
        .into_iter()
        .fold(StateGraph::new(), |graph, name| graph.add_node(name, step))
        .add_edge(START, "split")
        .add_edge("split", "left")
        .add_edge("split", "right")
        .add_join(["left", "right"], "judge")
}

fn fan_out() -> StateGraph<Notes> {
    StateGraph::new()
        .add_node("plan", step)
        .add_send_node("worker", on_payload)
        .add_node("collect", step)
        .add_edge(START, "plan")
        .add_conditional_edges("plan", split, ["worker"])
        .add_edge("worker", "collect")
}

/// A graph with another one as its node `code`.
fn around(inner: CompiledGraph<Notes>) -> StateGraph<Notes> {
    let gives_back = |inner: Notes| Notes::update().n(inner.n);
    StateGraph::new()
        .add_node("before", step)
        .add_subgraph("code", inner, Notes::clone, gives_back)
        .add_edge(START, "before")
        .add_edge("before", "code")
}

fn nested() -> StateGraph<Notes> {
    around(branch_with_loop().compile().unwrap())
}

/// The graph inside `code`.
fn inside(graph: &GraphDescription) -> Option<&GraphDescription> {
    match &graph.node("code")?.kind {
        NodeKind::Subgraph { inner } => inner.as_deref(),
        _ => None,
    }
}

#[test]
fn a_description_tells_nodes_and_edges_by_kind() {
    for (graph, want) in [
        (
            branch_with_loop(),
            json!({
                "nodes": [
                    {"name": "research", "kind": "state"},
                    {"name": "review", "kind": "state"},
                    {"name": "write", "kind": "state"},
                ],
                "edges": [
                    {"from": "START", "to": "research", "when": "always"},
                    {"from": "research", "to": "write", "when": "always"},
                    {"from": "review", "to": "write", "when": "conditional", "label": "enough"},
                    {"from": "review", "to": "END", "when": "conditional", "label": "enough"},
                    {"from": "write", "to": "review", "when": "always"},
                ],
            }),
        ),
        (
            fan_out(),
            json!({
                "nodes": [
                    {"name": "collect", "kind": "state"},
                    {"name": "plan", "kind": "state"},
                    {"name": "worker", "kind": "send"},
                ],
                "edges": [
                    {"from": "START", "to": "plan", "when": "always"},
                    {"from": "collect", "to": "END", "when": "always"},
                    {"from": "plan", "to": "worker", "when": "send", "label": "split"},
                    {"from": "worker", "to": "collect", "when": "always"},
                ],
            }),
        ),
    ] {
        let description = described(graph);
        let mut told = serde_json::to_value(&description).unwrap();
        for node in told["nodes"].as_array_mut().unwrap() {
            let details = node.as_object_mut().unwrap().remove("details");
            assert_eq!(
                details,
                Some(json!({"deferred": false, "has_error_handler": false}))
            );
        }
        assert_eq!(told, want);
        // Details are what a description of an older build may lack.
        let read: GraphDescription = serde_json::from_value(told).unwrap();
        assert_eq!(read, description);
    }
}

#[test]
fn the_edges_of_one_join_have_one_number() {
    let graph = diamond().add_join(["split", "left"], "judge");
    let joins: Vec<_> = described(graph)
        .edges
        .into_iter()
        .filter_map(|edge| match edge.kind {
            EdgeKind::Join { group } => Some((edge.from.as_str().to_owned(), group)),
            _ => None,
        })
        .collect();
    let want = [("left", 0), ("left", 1), ("right", 0), ("split", 1)];
    assert_eq!(joins, want.map(|(from, group)| (from.to_owned(), group)));
}

#[test]
fn an_edge_that_is_said_twice_is_told_once() {
    let once = described(diamond());
    let twice = described(
        diamond()
            .add_edge(START, "split")
            .add_join(["right", "left"], "judge"),
    );
    assert_eq!(once, twice);
}

#[test]
fn entries_and_ends_are_where_runs_begin_and_end() {
    let graph = described(branch_with_loop().add_edge(START, "write"));
    let entries: Vec<_> = graph.entries().map(|node| node.as_str()).collect();
    let ends: Vec<_> = graph.ends().map(|node| node.as_str()).collect();
    assert_eq!((entries, ends), (vec!["research", "write"], vec!["review"]));
}

#[test]
fn xray_looks_as_deep_as_it_is_told() {
    let deep = described(around(nested().compile().unwrap()));
    assert_eq!(inside(&deep), Some(&described(nested())));
    let levels = |depth| {
        let graph = deep.clone().xray(depth);
        std::iter::successors(inside(&graph), |graph| inside(graph)).count()
    };
    assert_eq!([0, 1, 2, 9].map(levels), [0, 1, 2, 2]);
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema, State)]
struct Essay {
    /// What it is about.
    topic: String,
    #[state(reducer = add)]
    drafts: u32,
}

#[test]
fn a_states_schema_names_its_fields() {
    async fn write(_: Arc<Essay>, _: NodeContext) -> NodeResult<EssayUpdate> {
        Ok(Essay::update().drafts(1))
    }
    let graph = StateGraph::new()
        .add_node("write", write)
        .add_edge(START, "write")
        .compile()
        .unwrap();
    let schema = graph.state_schema();
    assert_eq!(schema, graph.plan().state_schema());
    assert_eq!(
        schema,
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Essay",
            "type": "object",
            "properties": {
                "topic": {"description": "What it is about.", "type": "string"},
                "drafts": {"type": "integer", "format": "uint32", "minimum": 0},
            },
            "required": ["topic", "drafts"],
        })
    );
}
