//! What a graph looks like, as data: for drawings, dashboards and tests of a
//! graph's shape. It holds no code and no state, so it can be stored and sent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::builder::{END, START};
use super::plan::{Exits, Plan, PlanNode};
use crate::id::NodeId;
use crate::state::State;

/// What a graph looks like: its nodes and what leads from where to where.
///
/// [`START`] and [`END`] appear in edges, never among the nodes.
///
/// ```
/// # use std::sync::Arc;
/// # use agentflow_core::{END, NodeContext, NodeResult, START, State, StateGraph};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
/// # struct Essay { #[state(reducer = add)] drafts: u32 }
/// # async fn write(_: Arc<Essay>, _: NodeContext) -> NodeResult<EssayUpdate> {
/// #     Ok(Essay::update().drafts(1))
/// # }
/// fn another_round(essay: &Essay) -> &'static str {
///     if essay.drafts < 2 { "write" } else { END }
/// }
///
/// # fn main() -> Result<(), agentflow_core::Error> {
/// let graph = StateGraph::new()
///     .add_node("write", write)
///     .add_edge(START, "write")
///     .add_conditional_edges("write", another_round, ["write", END])
///     .compile()?;
/// let description = graph.plan().describe();
/// assert_eq!(description.entries().map(|node| node.as_str()).collect::<Vec<_>>(), ["write"]);
/// assert_eq!(description.ends().map(|node| node.as_str()).collect::<Vec<_>>(), ["write"]);
/// println!("{}", description.to_ascii());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GraphDescription {
    /// The nodes, sorted by name.
    pub nodes: Vec<NodeDescription>,
    /// What leads from where to where: out of START first, then by the node it leaves.
    pub edges: Vec<EdgeDescription>,
}

/// One node of a [`GraphDescription`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NodeDescription {
    /// Its name in its graph.
    pub name: NodeId,
    /// What it runs.
    #[serde(flatten)]
    pub kind: NodeKind,
    /// What else is said about it.
    #[serde(default)]
    pub details: NodeDetails,
}

/// What a node runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum NodeKind {
    /// Code, on the state.
    State,
    /// Code, on the payload of a [`crate::Send`].
    Send,
    /// A whole graph.
    Subgraph {
        /// That graph, unless [`GraphDescription::xray`] cut it off.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inner: Option<Box<GraphDescription>>,
    },
}

/// What else is said about a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct NodeDetails {
    /// Whether it waits until nothing else is left to run.
    pub deferred: bool,
    /// Whether its failures are handled in the graph.
    pub has_error_handler: bool,
    /// What its author noted about it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Value>,
}

/// One way from a node to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EdgeDescription {
    /// A node, or [`START`].
    pub from: NodeId,
    /// A node, or [`END`].
    pub to: NodeId,
    /// When it is taken.
    #[serde(flatten)]
    pub kind: EdgeKind,
}

/// When an edge is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "when", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EdgeKind {
    /// Each time its node has finished.
    Always,
    /// When the router of a conditional edge says so.
    Conditional {
        /// The router's name, if it is a function with one. For people: the compiler
        /// gives it and may spell it differently one day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
    /// When all nodes of its group have finished.
    Join {
        /// Edges of one number, counted within the graph, wait for each other.
        group: usize,
    },
    /// Once for each payload that the router of a conditional edge sends.
    Send {
        /// The router's name, as in [`EdgeKind::Conditional`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
}

impl GraphDescription {
    /// The node of this name.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&NodeDescription> {
        self.nodes.iter().find(|node| node.name.as_str() == name)
    }

    /// The nodes that START leads to, in the order of the edges.
    pub fn entries(&self) -> impl Iterator<Item = &NodeId> {
        let leaves = self.edges.iter().filter(|edge| edge.from.as_str() == START);
        leaves.map(|edge| &edge.to)
    }

    /// The nodes with a way to END. A [`crate::Command`] may end a path elsewhere.
    pub fn ends(&self) -> impl Iterator<Item = &NodeId> {
        let arrives = self.edges.iter().filter(|edge| edge.to.as_str() == END);
        arrives.map(|edge| &edge.from)
    }

    /// The same graph, looked into only so deep: with 0 a subgraph is a node like
    /// any other, with 1 the graphs of this graph's nodes are kept, and so on.
    #[must_use]
    pub fn xray(mut self, depth: usize) -> Self {
        for node in &mut self.nodes {
            if let NodeKind::Subgraph { inner } = &mut node.kind {
                *inner = match (inner.take(), depth.checked_sub(1)) {
                    (Some(graph), Some(rest)) => Some(Box::new(graph.xray(rest))),
                    _ => None,
                };
            }
        }
        self
    }
}

impl<S: State> Plan<S> {
    /// What this graph looks like, with the graphs inside of it.
    ///
    /// A node that nothing leads out of has an edge to END here, since that is what
    /// happens. Where a [`crate::Command`] goes is not known before it does.
    #[must_use]
    pub fn describe(&self) -> GraphDescription {
        let mut edges = Vec::new();
        self.describe_exits(START, &self.start, &mut edges);
        for node in &self.nodes {
            self.describe_exits(node.id.as_str(), &node.exits, &mut edges);
        }
        GraphDescription {
            nodes: self.nodes.iter().map(PlanNode::describe).collect(),
            edges,
        }
    }

    fn describe_exits(&self, from: &str, exits: &Exits<S>, edges: &mut Vec<EdgeDescription>) {
        let before = edges.len();
        let mut push = |to: &str, kind: EdgeKind| {
            let edge = EdgeDescription {
                from: from.into(),
                to: to.into(),
                kind,
            };
            // What is said twice is drawn once.
            if !edges[before..].contains(&edge) {
                edges.push(edge);
            }
        };
        for to in &exits.edges {
            push(self.nodes[*to].id.as_str(), EdgeKind::Always);
        }
        for (group, _) in &exits.joins {
            let to = &self.nodes[self.joins[*group].to].id;
            push(to.as_str(), EdgeKind::Join { group: *group });
        }
        for branch in &exits.branches {
            let label = branch.label.map(str::to_owned);
            for (to, index) in &branch.destinations {
                let sends = index.is_some_and(|node| !self.nodes[node].takes.state);
                let label = label.clone();
                let kind = if sends {
                    EdgeKind::Send { label }
                } else {
                    EdgeKind::Conditional { label }
                };
                push(to.as_str(), kind);
            }
        }
        if exits.edges.is_empty() && exits.joins.is_empty() && exits.branches.is_empty() {
            push(END, EdgeKind::Always);
        }
    }
}

impl<S: State> PlanNode<S> {
    fn describe(&self) -> NodeDescription {
        let kind = match (&self.inner, self.takes.state) {
            (Some(inner), _) => NodeKind::Subgraph {
                inner: Some(inner.clone()),
            },
            (None, true) => NodeKind::State,
            (None, false) => NodeKind::Send,
        };
        NodeDescription {
            name: self.id.clone(),
            kind,
            details: NodeDetails {
                deferred: self.options.deferred,
                has_error_handler: self.options.handler.is_some(),
                metadata: self.options.metadata.clone(),
            },
        }
    }
}

/// The name of a router that is a function with one; none for a closure.
pub(super) fn router_name<F>(router: &F) -> Option<&'static str> {
    last_name(std::any::type_name_of_val(router))
}

fn last_name(path: &'static str) -> Option<&'static str> {
    let path = match path.strip_suffix('>') {
        Some(_) => &path[..path.find("::<").or_else(|| path.find('<'))?],
        None => path,
    };
    let name = path.rsplit("::").next()?;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    // A type is no function, though a box of one is a router.
    let is_function = name.starts_with(|c: char| c.is_lowercase() || c == '_');
    (is_function && path.contains("::") && name.chars().all(is_word)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::last_name;

    #[test]
    fn only_a_function_has_a_name() {
        for (path, want) in [
            ("essay::another_round", Some("another_round")),
            ("essay::graph::next<u32>", Some("next")),
            ("<essay::Judge as essay::Next>::next", Some("next")),
            ("essay::graph::{{closure}}", None),
            ("fn(&essay::Essay) -> &str", None),
            ("alloc::boxed::Box<dyn Fn(&essay::Essay)>", None),
        ] {
            assert_eq!(last_name(path), want, "{path}");
        }
    }
}
