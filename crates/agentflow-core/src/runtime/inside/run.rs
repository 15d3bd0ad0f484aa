//! Runs a graph as a part of a task: called by a node, or as one.

use std::sync::Arc;

use super::begin::{Beginning, Found, Whose};
use super::give_back::{done, inner_failure};
use crate::error::{NodeError, NodeResult};
use crate::graph::Persistence;
use crate::id::NodeId;
use crate::runtime::compiled::CompiledGraph;
use crate::runtime::context::NodeContext;
use crate::runtime::outcome::output_of;
use crate::runtime::run::{Drive, Ended};
use crate::runtime::scope::Scope;
use crate::runtime::thread::check_context;
use crate::state::{FieldSet, State, View};

impl NodeContext {
    /// Runs a graph from within this node, as a part of its task: its questions are the
    /// node's, and after a crash it goes on where it stood. A node may run several, one
    /// after the other, in the same order each time.
    ///
    /// # Errors
    /// What the graph waits for, to be handed on by `?`, and what it fails with.
    pub async fn invoke<C, I, O>(&self, graph: &CompiledGraph<C, I, O>, input: I) -> NodeResult<O>
    where
        C: State,
        I: Into<C::Update>,
        O: View<C> + Clone,
    {
        let state = graph.run_inside(self, None, || input.into()).await?;
        Ok(output_of(state))
    }

    /// As [`NodeContext::invoke`], for a graph that lives as long as the thread and of
    /// which there are several: what one remembers is kept under `key`.
    ///
    /// # Errors
    /// As [`NodeContext::invoke`].
    pub async fn invoke_keyed<C, I, O>(
        &self,
        key: &str,
        graph: &CompiledGraph<C, I, O>,
        input: I,
    ) -> NodeResult<O>
    where
        C: State,
        I: Into<C::Update>,
        O: View<C> + Clone,
    {
        let state = graph.run_inside(self, Some(key), || input.into()).await?;
        Ok(output_of(state))
    }
}

impl<C: State, I, O> CompiledGraph<C, I, O> {
    /// Runs this graph as a part of the task of `cx`, or goes on with it if it had begun.
    pub(crate) async fn run_inside(
        &self,
        cx: &NodeContext,
        key: Option<&str>,
        input: impl FnOnce() -> C::Update,
    ) -> NodeResult<Arc<C>> {
        let mut scope = self.scope_inside(cx, key).await?;
        let found = self
            .find(cx, &mut scope, input)
            .await
            .map_err(inner_failure)?;
        match found {
            Found::Done { state, .. } => Ok(state),
            Found::Begins(beginning) => {
                done(self.drive_inside(cx, scope, *beginning, false).await?.end)
            }
        }
    }

    /// Runs this graph on the outer one's state; returns what its nodes wrote.
    pub(crate) async fn run_inside_shared(
        &self,
        cx: &NodeContext,
        state: &Arc<C>,
    ) -> NodeResult<C::Update> {
        let mut scope = self.scope_inside(cx, None).await?;
        let found = self.find(cx, &mut scope, C::Update::default).await;
        let (end_state, written) = match found.map_err(inner_failure)? {
            Found::Done { state, written } => (state, written),
            Found::Begins(mut beginning) => {
                if beginning.whose == Whose::Earlier {
                    beginning.start.state = Arc::clone(state);
                    beginning.start.changed = FieldSet::all(C::FIELDS.len());
                }
                let ended = self.drive_inside(cx, scope, *beginning, true).await?;
                (done(ended.end)?, ended.collected)
            }
        };
        Ok(end_state.delta(written))
    }

    async fn drive_inside(
        &self,
        cx: &NodeContext,
        scope: Scope,
        beginning: Beginning<C>,
        collects: bool,
    ) -> NodeResult<Ended<C>> {
        let drive = Drive {
            breakpoints: self.breakpoints.clone(),
            output: None,
            step_budget: None,
            collects,
        };
        let Beginning { start, fields, .. } = beginning;
        let namespace = scope.namespace.clone();
        // Boxed: graphs may lie in graphs of their own type.
        let running = Box::pin(drive.drive(&self.plan, scope, start, fields));
        let ended = running.await.map_err(inner_failure)?;
        if let Some(head) = ended.head {
            self.remember(cx, namespace, head);
        }
        Ok(ended)
    }

    /// What the tasks of this graph share when it runs as a part of the task of `cx`.
    async fn scope_inside(&self, cx: &NodeContext, key: Option<&str>) -> NodeResult<Scope> {
        let outer = cx.scope();
        // A graph that a node calls is not known before.
        check_context(outer.run.context.as_ref(), &self.plan).map_err(NodeError::fatal)?;
        outer.wait_stored(cx.base()).await;
        let namespace = self.namespace_inside(cx, key)?;
        let store = match self.persistence {
            Persistence::None => None,
            Persistence::PerTask | Persistence::PerThread => outer.store.clone(),
        };
        let mut scope = Scope::new(Arc::clone(&outer.run), namespace, store);
        scope.answers = Arc::clone(&outer.answers);
        scope.seen_breaks = Arc::clone(&outer.seen_breaks);
        scope.around = Some(cx.clone());
        scope.root_step = Some(cx.root_step());
        scope.owner = self.owner(cx);
        let is_stored = scope.store.is_some() || outer.store.is_none();
        scope.never_pauses = outer.never_pauses || !is_stored;
        if scope.never_pauses && !self.breakpoints.is_none() {
            return Err(NodeError::fatal(CannotPause {
                node: cx.node().clone(),
            }));
        }
        Ok(scope)
    }
}

/// A graph with breakpoints that would begin again after each of them.
#[derive(Debug, thiserror::Error)]
#[error(
    "node `{node}` runs a graph with breakpoints that is not stored, so it could never pass them: let it keep its state (`Persistence::PerTask`), or take the breakpoints away"
)]
struct CannotPause {
    node: NodeId,
}
