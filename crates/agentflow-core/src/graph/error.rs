//! Everything that is wrong with a graph, said at once.

use std::fmt;

use crate::id::NodeId;

/// Everything that is wrong with a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphError {
    /// The problems, in the order they were written.
    pub problems: Vec<GraphProblem>,
}

impl std::error::Error for GraphError {}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

/// One thing that is wrong with a graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphProblem {
    /// Two nodes of one name.
    #[error("node `{0}` is added twice")]
    DuplicateNode(NodeId),
    /// A name that cannot be a node's.
    #[error(
        "`{0}` cannot name a node: START and END are taken, a name is not empty and holds none of `|` `:` `/`"
    )]
    BadName(NodeId),
    /// An edge with an end that is no node.
    #[error("{place} names `{node}`, which is no node of this graph{hint}")]
    UnknownNode {
        /// Where it is named.
        place: String,
        /// The name.
        node: NodeId,
        /// A name that it may have meant.
        hint: String,
    },
    /// END as a source or START as a target.
    #[error("{place} {what}")]
    WrongEnd {
        /// The edge.
        place: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Nothing leads out of START.
    #[error("nothing leads from START: add an edge from it")]
    NoEntry,
    /// An edge to a node that takes a payload.
    #[error("{place} leads to `{node}`, which runs on a payload of its own and only by `Send`")]
    NeedsPayload {
        /// The edge.
        place: String,
        /// The node.
        node: NodeId,
    },
}
