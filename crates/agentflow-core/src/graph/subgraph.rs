//! A whole graph as one node of another.

use std::sync::Arc;

use super::node::Node;
use crate::command::Command;
use crate::error::NodeResult;
use crate::runtime::{CompiledGraph, NodeContext};
use crate::state::State;

/// Runs a compiled graph as a node, with mappings in and out.
pub(super) struct SubgraphNode<C: State, In, Out> {
    graph: CompiledGraph<C>,
    input: In,
    output: Out,
}

impl<C: State, In, Out> SubgraphNode<C, In, Out> {
    pub(super) fn new(graph: CompiledGraph<C>, input: In, output: Out) -> Self {
        Self {
            graph,
            input,
            output,
        }
    }
}

impl<S, C, In, Out> Node<S> for SubgraphNode<C, In, Out>
where
    S: State,
    C: State,
    In: Fn(&S) -> C + Send + Sync + 'static,
    Out: Fn(C) -> S::Update + Send + Sync + 'static,
{
    async fn run(&self, state: Arc<S>, cx: NodeContext) -> NodeResult<Command<S>> {
        let finished = self.graph.run_inside(&cx, || (self.input)(&state)).await?;
        Ok(Command::update((self.output)(finished)))
    }
}
