//! A graph while it is written. Mistakes are kept and told by `compile`, all of
//! them at once.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::node::{AnyNode, Node, OnPayload, OnState};
use super::plan::{Router, Takes};
use super::subgraph::SubgraphNode;
use crate::command::{IntoGoto, Payload};
use crate::id::NodeId;
use crate::policy::RetryPolicy;
use crate::runtime::CompiledGraph;
use crate::state::State;

/// Where a graph begins: `add_edge(START, "first")`.
pub const START: &str = "START";

/// Where a path ends: `add_edge("last", END)`. A node without edges ends its path too.
pub const END: &str = "END";

/// A graph over the state `S` that is being written.
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
pub struct StateGraph<S: State> {
    pub(super) nodes: Vec<NodeDraft<S>>,
    pub(super) edges: Vec<(NodeId, NodeId)>,
    pub(super) joins: Vec<(Vec<NodeId>, NodeId)>,
    pub(super) branches: Vec<(NodeId, BranchDraft<S>)>,
    pub(super) retries: Vec<(NodeId, RetryPolicy)>,
    pub(super) default_retry: Option<RetryPolicy>,
}

pub(super) struct NodeDraft<S: State> {
    pub(super) id: NodeId,
    pub(super) node: Box<dyn AnyNode<S>>,
    pub(super) takes: Takes,
}

pub(super) struct BranchDraft<S> {
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
            retries: Vec::new(),
            default_retry: None,
        }
    }

    /// Adds a node that runs on the state.
    pub fn add_node(self, name: impl Into<NodeId>, node: impl Node<S>) -> Self {
        self.push(name.into(), Box::new(OnState(Arc::new(node))), Takes::State)
    }

    /// Adds a node that runs only by [`crate::Send`], on a payload of type `I`.
    pub fn add_send_node<I, N>(self, name: impl Into<NodeId>, node: N) -> Self
    where
        I: Serialize + DeserializeOwned + Send + Sync + 'static,
        N: Node<S, I>,
    {
        let takes = Takes::Payload {
            is: Payload::is::<I>,
            decode: |value| serde_json::from_value::<I>(value).map(Payload::new),
        };
        let node = OnPayload {
            node: Arc::new(node),
            takes: PhantomData::<fn() -> I>,
        };
        self.push(name.into(), Box::new(node), takes)
    }

    /// Adds a whole graph as a node.
    ///
    /// `input` makes the inner graph's input from this one's state; `output` makes
    /// an update from its final state. It runs on this graph's checkpointer in a
    /// namespace of its own: after a crash or an interrupt it goes on where it
    /// stood, and each new task of this node starts it afresh.
    pub fn add_subgraph<C: State>(
        self,
        name: impl Into<NodeId>,
        graph: CompiledGraph<C>,
        input: impl Fn(&S) -> C + Send + Sync + 'static,
        output: impl Fn(C) -> S::Update + Send + Sync + 'static,
    ) -> Self {
        self.add_node(name, SubgraphNode::new(graph, input, output))
    }

    fn push(mut self, id: NodeId, node: Box<dyn AnyNode<S>>, takes: Takes) -> Self {
        self.nodes.push(NodeDraft { id, node, takes });
        self
    }

    /// After `from` finished, `to` runs in the next superstep.
    pub fn add_edge(mut self, from: impl Into<NodeId>, to: impl Into<NodeId>) -> Self {
        self.edges.push((from.into(), to.into()));
        self
    }

    /// After all of `from` finished, in whatever supersteps, `to` runs once; then it
    /// waits for all of them again.
    pub fn add_join<const N: usize>(
        mut self,
        from: [impl Into<NodeId>; N],
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
    pub fn add_conditional_edges<G, const N: usize>(
        mut self,
        from: impl Into<NodeId>,
        route: impl Fn(&S) -> G + Send + Sync + 'static,
        destinations: [impl Into<NodeId>; N],
    ) -> Self
    where
        G: IntoGoto,
    {
        let branch = BranchDraft {
            route: Box::new(move |state, places| route(state).add_to(places)),
            destinations: destinations.into_iter().map(Into::into).collect(),
        };
        self.branches.push((from.into(), branch));
        self
    }

    /// Runs `node` again when it fails, as `policy` says.
    pub fn retry(mut self, node: impl Into<NodeId>, policy: RetryPolicy) -> Self {
        self.retries.push((node.into(), policy));
        self
    }

    /// Runs every node without a policy of its own again when it fails.
    pub fn retry_all(mut self, policy: RetryPolicy) -> Self {
        self.default_retry = Some(policy);
        self
    }
}
