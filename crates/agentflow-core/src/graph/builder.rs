//! A graph while it is written: its nodes and what leads from one to the next.
//! Mistakes are kept and told by `compile`, all of them at once.

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::describe::{GraphDescription, router_name};
use super::node::{AnyNode, Node, OnPayload, OnState};
use super::plan::{NodeOptions, Plan, Router, Takes};
use crate::command::{IntoGoto, Payload, SendName};
use crate::id::NodeId;
use crate::state::{State, View};

/// Where a graph begins: `add_edge(START, "first")`.
pub const START: &str = "START";

/// Where a path ends: `add_edge("last", END)`. A node without edges ends its path too.
pub const END: &str = "END";

/// A graph over the state `S` that is being written. It takes an `I` and gives an `O`,
/// which are the state itself unless [`StateGraph::with_input`] and
/// [`StateGraph::with_output`] say otherwise.
///
/// ```
/// use std::sync::Arc;
/// use agentflow_core::{END, NodeContext, NodeResult, START, State, StateGraph};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
/// struct Count {
///     #[state(reducer = add)]
///     n: u32,
/// }
///
/// async fn one_more(_: Arc<Count>, _: NodeContext) -> NodeResult<CountUpdate> {
///     Ok(Count::update().n(1))
/// }
///
/// # async fn run() -> Result<(), agentflow_core::Error> {
/// let graph = StateGraph::new()
///     .add_node("one_more", one_more)
///     .add_edge(START, "one_more")
///     .add_conditional_edges(
///         "one_more",
///         |count: &Count| if count.n < 3 { "one_more" } else { END },
///         ["one_more", END],
///     )
///     .compile()?;
/// let outcome = graph.thread("t").invoke(Count::default()).await?;
/// assert_eq!(outcome.into_done().map(|count| count.n), Some(3));
/// # Ok(())
/// # }
/// # futures::executor::block_on(run()).unwrap();
/// ```
#[must_use = "a graph runs after `compile`"]
pub struct StateGraph<S: State, I = S, O = S> {
    pub(super) nodes: Vec<NodeDraft<S>>,
    pub(super) edges: Vec<(NodeId, NodeId)>,
    pub(super) joins: Vec<(Vec<NodeId>, NodeId)>,
    pub(super) branches: Vec<(NodeId, BranchDraft<S>)>,
    /// What nodes are told beside what they do, with what to call it in a mistake.
    pub(super) options: BTreeMap<NodeId, (NodeOptions<S>, &'static str)>,
    pub(super) defaults: super::options::Defaults<S>,
    pub(super) renamed: HashMap<NodeId, NodeId>,
    /// The contexts that this graph and those inside need.
    pub(super) needs: Vec<(TypeId, &'static str)>,
    pub(super) ends: PhantomData<fn(I) -> O>,
}

pub(super) struct NodeDraft<S: State> {
    pub(super) id: NodeId,
    pub(super) node: Box<dyn AnyNode<S>>,
    pub(super) takes: Takes,
    /// The fields that it sees, if not all.
    pub(super) sees: Option<&'static [&'static str]>,
    /// What a graph inside looks like.
    pub(super) inner: Option<Box<GraphDescription>>,
}

/// What is known of a graph inside a node.
pub(super) struct Inside {
    looks: GraphDescription,
    needs: Vec<(TypeId, &'static str)>,
}

impl Inside {
    pub(super) fn of<C: State>(plan: &Plan<C>) -> Self {
        Self {
            looks: plan.describe(),
            needs: plan.needs.clone(),
        }
    }
}

pub(super) struct BranchDraft<S> {
    pub(super) label: Option<&'static str>,
    pub(super) route: Router<S>,
    pub(super) destinations: Vec<NodeId>,
}

impl<S: State> Default for StateGraph<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: State> StateGraph<S> {
    /// A graph without nodes.
    pub fn new() -> Self {
        Self {
            nodes: Vec::new(),
            edges: Vec::new(),
            joins: Vec::new(),
            branches: Vec::new(),
            options: BTreeMap::new(),
            defaults: super::options::Defaults::default(),
            renamed: HashMap::new(),
            needs: Vec::new(),
            ends: PhantomData,
        }
    }
}

impl<S: State, I, O> StateGraph<S, I, O> {
    /// The same graph, which takes an `X` as its input instead.
    ///
    /// Derive `Input` for it, or write `From<X>` for the state's update.
    pub fn with_input<X: Into<S::Update>>(self) -> StateGraph<S, X, O> {
        self.with_ends()
    }

    /// The same graph, which gives an `X` when it is done, and shows watchers only
    /// that. Derive `View` for it.
    pub fn with_output<X: View<S>>(self) -> StateGraph<S, I, X> {
        self.with_ends()
    }

    fn with_ends<X, Y>(self) -> StateGraph<S, X, Y> {
        StateGraph {
            nodes: self.nodes,
            edges: self.edges,
            joins: self.joins,
            branches: self.branches,
            options: self.options,
            defaults: self.defaults,
            renamed: self.renamed,
            needs: self.needs,
            ends: PhantomData,
        }
    }

    /// Adds a node that runs on the state, or on a [`View`] of it.
    pub fn add_node<V, N>(self, name: impl Into<NodeId>, node: N) -> Self
    where
        V: View<S>,
        N: Node<S, V>,
    {
        let takes = Takes {
            state: true,
            is: Payload::is::<S>,
            decode: |json| {
                let state = crate::state::from_json::<S>(json);
                state
                    .map(Payload::of_state)
                    .map_err(serde::de::Error::custom)
            },
        };
        let node = OnState {
            node,
            sees: PhantomData::<fn() -> V>,
        };
        let mut graph = self.push(name.into(), Box::new(node), takes);
        if let Some(draft) = graph.nodes.last_mut() {
            draft.sees = V::FIELDS;
        }
        graph
    }

    /// Adds a node that runs only by [`crate::Send`], on a payload of type `X`. With a
    /// [`crate::SendTo`] as its name, the compiler checks what it is sent.
    pub fn add_send_node<X, N>(self, name: impl Into<SendName<X>>, node: N) -> Self
    where
        X: Serialize + DeserializeOwned + Send + Sync + 'static,
        N: Node<S, X>,
    {
        let node = OnPayload {
            node,
            takes: PhantomData::<fn() -> X>,
        };
        self.push(name.into().0, Box::new(node), takes_payload::<X>())
    }

    /// Adds an edge from each of these nodes to the next.
    pub fn add_sequence<const COUNT: usize>(mut self, nodes: [impl Into<NodeId>; COUNT]) -> Self {
        let mut last: Option<NodeId> = None;
        for node in nodes.map(Into::into) {
            if let Some(last) = last.replace(node.clone()) {
                self = self.add_edge(last, node);
            }
        }
        self
    }

    pub(super) fn push(mut self, id: NodeId, node: Box<dyn AnyNode<S>>, takes: Takes) -> Self {
        self.nodes.push(NodeDraft {
            id,
            node,
            takes,
            sees: None,
            inner: None,
        });
        self
    }

    /// Notes what the graph inside the node that was added last looks like and needs.
    pub(super) fn contains(mut self, inner: Inside) -> Self {
        if let Some(draft) = self.nodes.last_mut() {
            draft.inner = Some(Box::new(inner.looks));
        }
        self.needs.extend(inner.needs);
        self
    }

    /// After `from` finished, `to` runs in the next superstep.
    pub fn add_edge(mut self, from: impl Into<NodeId>, to: impl Into<NodeId>) -> Self {
        self.edges.push((from.into(), to.into()));
        self
    }

    /// After all of `from` finished, in whatever supersteps, `to` runs once; then it
    /// waits for all of them again.
    pub fn add_join<const COUNT: usize>(
        mut self,
        from: [impl Into<NodeId>; COUNT],
        to: impl Into<NodeId>,
    ) -> Self {
        self.joins
            .push((from.into_iter().map(Into::into).collect(), to.into()));
        self
    }

    /// After `from` finished, `route` says where to go: names, [`crate::Send`]s, or END.
    ///
    /// It sees the state before the superstep with the writes of `from` folded in,
    /// and must depend on nothing else. It may go only to `destinations`.
    pub fn add_conditional_edges<G, const COUNT: usize>(
        mut self,
        from: impl Into<NodeId>,
        route: impl Fn(&S) -> G + Send + Sync + 'static,
        destinations: [impl Into<NodeId>; COUNT],
    ) -> Self
    where
        G: IntoGoto,
    {
        let branch = BranchDraft {
            label: router_name(&route),
            route: Box::new(move |state, places| route(state).add_to(places)),
            destinations: destinations.into_iter().map(Into::into).collect(),
        };
        self.branches.push((from.into(), branch));
        self
    }
}

/// What is known of a node that runs on an `X`.
pub(super) fn takes_payload<X>() -> Takes
where
    X: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    Takes {
        state: false,
        is: Payload::is::<X>,
        decode: |json| serde_json::from_value::<X>(json).map(Payload::new),
    }
}
