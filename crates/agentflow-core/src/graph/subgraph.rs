//! A whole graph as one node of another.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::builder::{Inside, StateGraph, takes_payload};
use super::node::{Node, OnPayload};
use crate::command::{Command, SendName};
use crate::error::NodeResult;
use crate::id::NodeId;
use crate::runtime::{CompiledGraph, NodeContext, output_of};
use crate::state::{State, View};

/// What a graph inside another remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Persistence {
    /// It begins afresh in each task, and goes on where it stood when that task runs
    /// again, after a crash, an interrupt or a failure.
    #[default]
    PerTask,
    /// It keeps its state for as long as the thread does: each task's input folds into
    /// what earlier ones left. Two sends at once need a name each:
    /// [`NodeContext::invoke_keyed`].
    PerThread,
    /// It is not stored at all: a task that runs again begins it again. Cheapest, for
    /// graphs that neither ask nor have effects. Once begun it runs to its end, whatever
    /// the run is asked to or has spent, unless it is cancelled; breakpoints are refused.
    None,
}

impl<S: State, I, O> StateGraph<S, I, O> {
    /// Adds a whole graph as a node.
    ///
    /// `input` makes the inner graph's input from this one's state; `output` makes
    /// an update from its output. It runs on this graph's checkpointer in a
    /// namespace of its own, and remembers what its [`Persistence`] says.
    pub fn add_subgraph<C, CI, CO>(
        self,
        name: impl Into<NodeId>,
        graph: CompiledGraph<C, CI, CO>,
        input: impl Fn(&S) -> CI + Send + Sync + 'static,
        output: impl Fn(CO) -> S::Update + Send + Sync + 'static,
    ) -> Self
    where
        C: State,
        CI: Into<C::Update> + Send + 'static,
        CO: View<C> + Clone,
    {
        let inner = Inside::of(graph.plan());
        let node = SubgraphNode {
            graph,
            input,
            output,
        };
        self.add_node::<S, _>(name, node).contains(inner)
    }

    /// Adds a whole graph as a node that runs by [`crate::Send`], on a payload of type `X`.
    pub fn add_send_subgraph<X, C, CI, CO>(
        self,
        name: impl Into<SendName<X>>,
        graph: CompiledGraph<C, CI, CO>,
        input: impl Fn(&X) -> CI + Send + Sync + 'static,
        output: impl Fn(CO) -> S::Update + Send + Sync + 'static,
    ) -> Self
    where
        X: Serialize + DeserializeOwned + Send + Sync + 'static,
        C: State,
        CI: Into<C::Update> + Send + 'static,
        CO: View<C> + Clone,
    {
        let inner = Inside::of(graph.plan());
        let node = OnPayload {
            node: SubgraphNode {
                graph,
                input,
                output,
            },
            takes: std::marker::PhantomData::<fn() -> X>,
        };
        self.push(name.into().0, Box::new(node), takes_payload::<X>())
            .contains(inner)
    }

    /// Adds a graph over the same state as a node. It begins with this graph's state, and
    /// gives back what its nodes wrote: the writes themselves, not the whole state, so
    /// that what a reducer has folded in is not folded in again. That is so too where it
    /// lives as long as the thread, for the sake of graphs inside of it that remember.
    ///
    /// Each of its checkpoints holds all that was written since its task began, so what
    /// one costs grows with that. Use [`StateGraph::add_subgraph`] for a graph that
    /// writes much in many supersteps.
    pub fn add_shared_subgraph(self, name: impl Into<NodeId>, graph: CompiledGraph<S, I, O>) -> Self
    where
        I: Send + 'static,
        O: Send + 'static,
    {
        let inner = Inside::of(graph.plan());
        self.add_node::<S, _>(name, SharedNode { graph })
            .contains(inner)
    }
}

/// Runs a compiled graph as a node, with mappings in and out.
struct SubgraphNode<C: State, CI, CO, In, Out> {
    graph: CompiledGraph<C, CI, CO>,
    input: In,
    output: Out,
}

impl<S, X, C, CI, CO, In, Out> Node<S, X> for SubgraphNode<C, CI, CO, In, Out>
where
    S: State,
    X: Send + Sync + 'static,
    C: State,
    CI: Into<C::Update> + Send + 'static,
    CO: View<C> + Clone,
    In: Fn(&X) -> CI + Send + Sync + 'static,
    Out: Fn(CO) -> S::Update + Send + Sync + 'static,
{
    async fn run(&self, input: Arc<X>, cx: NodeContext) -> NodeResult<Command<S>> {
        let input = || (self.input)(&input).into();
        let state = self.graph.run_inside(&cx, None, input).await?;
        Ok(Command::update((self.output)(output_of(state))))
    }
}

/// Runs a graph over the same state.
struct SharedNode<S: State, I, O> {
    graph: CompiledGraph<S, I, O>,
}

impl<S: State, I, O> Node<S> for SharedNode<S, I, O>
where
    I: Send + 'static,
    O: Send + 'static,
{
    async fn run(&self, state: Arc<S>, cx: NodeContext) -> NodeResult<Command<S>> {
        let delta = self.graph.run_inside_shared(&cx, &state).await?;
        Ok(Command::update(delta))
    }
}
