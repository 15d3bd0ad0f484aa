//! Everything that is wrong with a graph, said at once.

use std::fmt;

use crate::id::NodeId;

/// Everything that is wrong with a graph.
///
/// As text it is one problem per line, numbered if there are several; so it is with
/// `{:?}`, which is how `main` prints the error that it returns.
///
/// ```
/// # use std::sync::Arc;
/// # use agentflow_core::{NodeContext, NodeResult, START, State, StateGraph};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
/// # struct Essay { topic: String }
/// # async fn write(_: Arc<Essay>, _: NodeContext) -> NodeResult<()> { Ok(()) }
/// let error = StateGraph::<Essay>::new()
///     .add_node("write", write)
///     .add_edge(START, "wirte")
///     .add_edge("write", START)
///     .compile()
///     .unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the graph has 2 problems:
///   1. the edge `START` -> `wirte` names `wirte`, which is no node of this graph; did you mean `write`?
///   2. the edge `write` -> `START` leads to START, where a run only begins: lead it to the first node"
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct GraphError {
    /// The problems, by kind and in the order they were written.
    pub problems: Vec<GraphProblem>,
}

impl std::error::Error for GraphError {}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [problem] = &self.problems[..] {
            return problem.fmt(f);
        }
        write!(f, "the graph has {} problems:", self.problems.len())?;
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "\n  {}. {problem}", index + 1)?;
        }
        Ok(())
    }
}

impl fmt::Debug for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            let mut whole = f.debug_struct("GraphError");
            return whole.field("problems", &self.problems).finish();
        }
        fmt::Display::fmt(self, f)
    }
}

/// One thing that is wrong with a graph, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphProblem {
    /// Two nodes of one name.
    #[error("node `{0}` is added twice: give one of them another name")]
    DuplicateNode(NodeId),
    /// A name that cannot be a node's.
    #[error(
        "`{0}` cannot name a node: START and END are taken, a name is not empty and holds none of `|` `:` `/` `#` `!`"
    )]
    BadName(NodeId),
    /// An edge with an end that is no node.
    #[error("{place} names `{node}`, which is no node of this graph{}", hint(suggestion.as_ref()))]
    UnknownNode {
        /// Where it is named.
        place: String,
        /// The name.
        node: NodeId,
        /// The name that it may have meant.
        suggestion: Option<NodeId>,
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
    #[error("nothing leads from START: add an edge from it to the first node{}", may_be(suggestion.as_ref()))]
    NoEntry {
        /// A node that nothing leads to, so that it may be the first.
        suggestion: Option<NodeId>,
    },
    /// An edge to a node that takes a payload.
    #[error(
        "{place} leads to `{node}`, which runs on a payload of its own: let a conditional edge `Send` to it, or add it with `add_node`"
    )]
    NeedsPayload {
        /// The edge.
        place: String,
        /// The node.
        node: NodeId,
    },
    /// A join that names a node more than once.
    #[error("{place} names `{node}` twice, but waits for each node once: name it once")]
    JoinNamesTwice {
        /// The join.
        place: String,
        /// The node.
        node: NodeId,
    },
}

fn hint(suggestion: Option<&NodeId>) -> String {
    match suggestion {
        Some(name) => format!("; did you mean `{name}`?"),
        None => "; add it with `add_node`".to_owned(),
    }
}

fn may_be(suggestion: Option<&NodeId>) -> String {
    suggestion
        .map(|name| format!(", which may be `{name}`"))
        .unwrap_or_default()
}
