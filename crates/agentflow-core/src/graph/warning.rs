//! What is odd about a graph that compiles. A `Command` may go to any node, so that
//! a node without a way to it is no mistake for certain.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::builder::START;
use super::describe::{EdgeDescription, EdgeKind, GraphDescription, NodeKind};
use super::plan::Plan;
use crate::id::NodeId;
use crate::state::State;

/// Something odd about a graph, which may be meant so. Its text says what to do if not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GraphWarning {
    /// No edge leads from START to this node.
    Unreached {
        /// The node.
        node: NodeId,
    },
    /// No conditional edge may send to this node.
    NeverSent {
        /// The node.
        node: NodeId,
    },
    /// A join waits for a node that no edge leads to.
    JoinWaitsForUnreached {
        /// The nodes it waits for that START does not lead to.
        unreached: Vec<NodeId>,
        /// The node that waits.
        to: NodeId,
    },
}

impl fmt::Display for GraphWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreached { node } => write!(
                f,
                "no edge leads from START to `{node}`: it runs only if a `Command` goes there; add an edge to it otherwise"
            ),
            Self::NeverSent { node } => write!(
                f,
                "no conditional edge may send to `{node}`: it runs only if a `Command` sends to it; name it among the destinations of a conditional edge otherwise"
            ),
            Self::JoinWaitsForUnreached { unreached, to } => {
                let names: Vec<&str> = unreached.iter().map(NodeId::as_str).collect();
                write!(
                    f,
                    "the join to `{to}` waits for `{}`, which no edge leads to from START: it is taken only if a `Command` goes there",
                    names.join("` and `")
                )
            }
        }
    }
}

impl<S: State> Plan<S> {
    /// What is odd about this graph; the graphs inside of it tell their own.
    ///
    /// Each node that only a [`crate::Command`] can reach is told once, without the
    /// nodes that it leads to itself.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use agentflow_core::{NodeContext, NodeResult, START, State, StateGraph};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// # struct Essay { topic: String }
    /// # async fn write(_: Arc<Essay>, _: NodeContext) -> NodeResult<()> { Ok(()) }
    /// # async fn review(_: Arc<Essay>, _: NodeContext) -> NodeResult<()> { Ok(()) }
    /// # fn main() -> Result<(), agentflow_core::Error> {
    /// let graph = StateGraph::<Essay>::new()
    ///     .add_node("write", write)
    ///     .add_node("review", review)
    ///     .add_edge(START, "write")
    ///     .compile()?;
    /// let warnings = graph.plan().warnings();
    /// assert!(warnings[0].to_string().starts_with("no edge leads from START to `review`"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn warnings(&self) -> Vec<GraphWarning> {
        let graph = self.describe();
        let joins = joins(&graph);
        let mut reached = BTreeSet::from([START]);
        spread(&graph, &joins, &mut reached);
        let mut warnings = never_taken(&joins, &reached);
        // Those without a way to them first: they lead to the others. What is left
        // are circles, of which the first name stands for all.
        let names = || graph.nodes.iter().map(|node| node.name.as_str());
        let led_to = |name: &str| {
            let others = |edge: &&EdgeDescription| edge.from != edge.to;
            let mut edges = graph.edges.iter().filter(others);
            edges.any(|edge| edge.to.as_str() == name)
        };
        let first = names().filter(|name| !led_to(name));
        for name in first.chain(names()) {
            if reached.insert(name) {
                spread(&graph, &joins, &mut reached);
                warnings.push(unreached(&graph, name));
            }
        }
        warnings.sort_by(|a, b| a.node().cmp(b.node()));
        warnings
    }
}

impl GraphWarning {
    /// The node that the warning is about.
    #[must_use]
    pub fn node(&self) -> &NodeId {
        match self {
            Self::Unreached { node } | Self::NeverSent { node } => node,
            Self::JoinWaitsForUnreached { to, .. } => to,
        }
    }
}

/// The target and the sources of each join.
type Joins<'a> = BTreeMap<usize, (&'a NodeId, Vec<&'a NodeId>)>;

fn joins(graph: &GraphDescription) -> Joins<'_> {
    let mut joins = Joins::new();
    for edge in &graph.edges {
        if let EdgeKind::Join { group } = edge.kind {
            let (_, from) = joins.entry(group).or_insert((&edge.to, Vec::new()));
            from.push(&edge.from);
        }
    }
    joins
}

/// Adds all that is reached from what is reached. A join takes all of its sources.
fn spread<'a>(graph: &'a GraphDescription, joins: &Joins<'a>, reached: &mut BTreeSet<&'a str>) {
    loop {
        let before = reached.len();
        for edge in &graph.edges {
            let taken = match edge.kind {
                EdgeKind::Join { group } => {
                    let (_, from) = &joins[&group];
                    from.iter().all(|node| reached.contains(node.as_str()))
                }
                _ => reached.contains(edge.from.as_str()),
            };
            if taken {
                reached.insert(edge.to.as_str());
            }
        }
        if reached.len() == before {
            return;
        }
    }
}

/// Joins that wait for what cannot come, though something of theirs can. Where
/// nothing can, the nodes themselves are told.
fn never_taken(joins: &Joins<'_>, reached: &BTreeSet<&str>) -> Vec<GraphWarning> {
    let waits = joins.values().filter_map(|(to, from)| {
        let missing = from.iter().filter(|node| !reached.contains(node.as_str()));
        let unreached: Vec<NodeId> = missing.map(|node| (*node).clone()).collect();
        (1..from.len())
            .contains(&unreached.len())
            .then(|| GraphWarning::JoinWaitsForUnreached {
                unreached,
                to: (*to).clone(),
            })
    });
    waits.collect()
}

fn unreached(graph: &GraphDescription, name: &str) -> GraphWarning {
    let node = NodeId::from(name);
    match graph.node(name).map(|node| &node.kind) {
        Some(NodeKind::Send) => GraphWarning::NeverSent { node },
        _ => GraphWarning::Unreached { node },
    }
}
