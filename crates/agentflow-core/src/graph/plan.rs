//! A graph that has been checked: nodes sorted by name, edges as indices. Every
//! question the engine asks in a superstep is one look-up here.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

use super::node::AnyNode;
use crate::checkpoint::CodecError;
use crate::command::{Payload, Places};
use crate::id::NodeId;
use crate::policy::RetryPolicy;
use crate::state::State;

/// A checked, immutable graph.
pub struct Plan<S: State> {
    /// Sorted by name, so that an index orders as the name does.
    pub(crate) nodes: Vec<PlanNode<S>>,
    pub(crate) by_name: HashMap<NodeId, usize>,
    pub(crate) start: Exits<S>,
    pub(crate) joins: Vec<Join>,
    pub(crate) fingerprint: String,
}

/// A node with all that leads out of it.
pub(crate) struct PlanNode<S: State> {
    pub(crate) id: NodeId,
    pub(crate) node: Box<dyn AnyNode<S>>,
    pub(crate) takes: Takes,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) exits: Exits<S>,
}

/// What a node runs on.
#[derive(Clone, Copy)]
pub(crate) enum Takes {
    State,
    Payload {
        is: fn(&Payload) -> bool,
        decode: fn(Value) -> Result<Payload, serde_json::Error>,
    },
}

/// All that leads out of a node.
pub(crate) struct Exits<S> {
    pub(crate) edges: Vec<usize>,
    /// Joins that wait for this node, and its place among those they wait for.
    pub(crate) joins: Vec<(usize, usize)>,
    pub(crate) branches: Vec<Branch<S>>,
}

impl<S> Default for Exits<S> {
    fn default() -> Self {
        Self {
            edges: Vec::new(),
            joins: Vec::new(),
            branches: Vec::new(),
        }
    }
}

/// A conditional edge.
pub(crate) struct Branch<S> {
    pub(crate) route: Router<S>,
    /// Where it may lead; END has no index.
    pub(crate) destinations: Vec<(NodeId, Option<usize>)>,
}

/// Says where to go from a state.
pub(crate) type Router<S> = Box<dyn Fn(&S, &mut dyn Places) + Send + Sync>;

/// A node that waits until all of several have finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Join {
    pub(crate) from: Vec<NodeId>,
    pub(crate) to: usize,
}

impl<S: State> Plan<S> {
    /// A digest of the nodes, edges and joins: equal for graphs of equal shape.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The names of all nodes, sorted.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeId> {
        self.nodes.iter().map(|node| &node.id)
    }

    pub(crate) fn index_of(&self, node: &NodeId) -> Option<usize> {
        self.by_name.get(node).copied()
    }

    /// A stored payload as the node takes it.
    pub(crate) fn decode_payload(&self, node: usize, value: Value) -> Result<Payload, CodecError> {
        let PlanNode { id, takes, .. } = &self.nodes[node];
        let decoded = match takes {
            Takes::Payload { decode, .. } => decode(value),
            Takes::State => Err(serde::de::Error::custom("the node takes no payload")),
        };
        decoded.map_err(|source| {
            CodecError::decoding(format!("the payload of a send to `{id}`"), source)
        })
    }
}

impl<S: State> fmt::Debug for Plan<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field(
                "nodes",
                &self.nodes().map(NodeId::as_str).collect::<Vec<_>>(),
            )
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}
