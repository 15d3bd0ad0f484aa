//! A graph that has been checked: nodes sorted by name, edges as indices. Every
//! question the engine asks in a superstep is one look-up here.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde_json::Value;

use super::describe::GraphDescription;
use super::node::{AnyNode, Handler, Undo};
use crate::command::{Payload, Places};
use crate::engine::Resumption;
use crate::id::{Fingerprint, NodeId};
use crate::policy::{CachePolicy, RetryPolicy, TimeoutPolicy};
use crate::state::State;

/// A checked, immutable graph.
pub struct Plan<S: State> {
    /// Sorted by name, so that an index orders as the name does.
    pub(crate) nodes: Vec<PlanNode<S>>,
    pub(crate) by_name: HashMap<NodeId, usize>,
    pub(crate) start: Exits<S>,
    pub(crate) joins: Vec<Join>,
    pub(crate) fingerprint: Fingerprint,
    /// Whether a node waits until nothing else can run.
    pub(crate) defers: bool,
    /// What nodes were called before, and are now.
    pub(crate) renamed: HashMap<NodeId, NodeId>,
    /// The contexts that runs must bring, for this graph and those inside: the type, and
    /// the name of it.
    pub(crate) needs: Vec<(TypeId, &'static str)>,
}

/// A node with all that leads out of it.
pub(crate) struct PlanNode<S: State> {
    pub(crate) id: NodeId,
    pub(crate) node: Box<dyn AnyNode<S>>,
    pub(crate) takes: Takes,
    /// The fields that it sees, if not all.
    pub(crate) sees: Option<&'static [&'static str]>,
    /// What a graph inside looks like.
    pub(crate) inner: Option<Box<GraphDescription>>,
    pub(crate) options: NodeOptions<S>,
    pub(crate) exits: Exits<S>,
}

/// What a node is told beside what it does.
pub(crate) struct NodeOptions<S: State> {
    /// The first that fits a failure decides.
    pub(crate) retry: Vec<RetryPolicy>,
    pub(crate) timeout: TimeoutPolicy,
    pub(crate) cache: Option<CacheRule<S>>,
    pub(crate) handler: Option<Handler<S>>,
    pub(crate) undo: Option<Undo<S>>,
    /// Runs when nothing else can.
    pub(crate) deferred: bool,
    pub(crate) metadata: BTreeMap<String, Value>,
}

impl<S: State> Default for NodeOptions<S> {
    fn default() -> Self {
        Self {
            retry: Vec::new(),
            timeout: TimeoutPolicy::default(),
            cache: None,
            handler: None,
            undo: None,
            deferred: false,
            metadata: BTreeMap::new(),
        }
    }
}

/// When a node's reply may stand for running it.
pub(crate) struct CacheRule<S> {
    pub(crate) policy: CachePolicy,
    /// What two inputs must have in common; the whole input if there is none.
    pub(crate) key: Option<CacheKey<S>>,
}

/// What two states must have in common for one reply.
pub(crate) type CacheKey<S> = Box<dyn Fn(&S) -> String + Send + Sync>;

/// What a node runs on.
#[derive(Clone, Copy)]
pub(crate) struct Takes {
    /// Whether it runs on the state, so that an edge may lead to it.
    pub(crate) state: bool,
    /// Whether it runs on this payload.
    pub(crate) is: fn(&Payload) -> bool,
    pub(crate) decode: fn(Value) -> Result<Payload, serde_json::Error>,
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
    /// The router's name, for drawings.
    pub(crate) label: Option<&'static str>,
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
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// The names of all nodes, sorted.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeId> {
        self.nodes.iter().map(|node| &node.id)
    }

    pub(crate) fn index_of(&self, node: &NodeId) -> Option<usize> {
        self.by_name.get(node).copied()
    }

    /// Where a thread stands that has nothing left to do.
    pub(crate) fn nothing_left(&self) -> Resumption<S> {
        let waiting = |join: &Join| vec![false; join.from.len()];
        Resumption {
            next: Vec::new(),
            deferred: Vec::new(),
            seen: self.joins.iter().map(waiting).collect(),
            finished: Vec::new(),
            failed: Vec::new(),
            goto: Vec::new(),
            ran: Vec::new(),
            passes_break: false,
        }
    }

    /// By each name of a node that was renamed, all names that it has had.
    pub(crate) fn names_of_renamed(&self) -> BTreeMap<NodeId, BTreeSet<NodeId>> {
        let mut names: BTreeMap<usize, BTreeSet<NodeId>> = BTreeMap::new();
        for old in self.renamed.keys() {
            if let Some(index) = self.index_of_stored(old) {
                let known = names.entry(index).or_default();
                known.extend([old.clone(), self.nodes[index].id.clone()]);
            }
        }
        let all = names.into_values();
        all.flat_map(|all| all.clone().into_iter().map(move |name| (name, all.clone())))
            .collect()
    }

    /// The node that a stored name means today.
    pub(crate) fn index_of_stored(&self, node: &NodeId) -> Option<usize> {
        let mut name = node;
        // A chain of renamings ends after each has been taken once.
        for _ in 0..=self.renamed.len() {
            if let Some(index) = self.index_of(name) {
                return Some(index);
            }
            name = self.renamed.get(name)?;
        }
        None
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
