//! What a node does by the order in which it does it, for an entrypoint: the same, but
//! refused in a task. Once its result is recorded a task does not run, and what comes
//! after it would be taken for what it did.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::context::EntryContext;
use crate::clock::Timestamp;
use crate::error::{NodeError, NodeResult};
use crate::runtime::{CompiledGraph, NodeContext};
use crate::state::{State, View};

impl<S> EntryContext<S> {
    /// Asks a question, as [`NodeContext::interrupt`].
    ///
    /// # Errors
    /// As there, and in a task.
    pub fn interrupt<A: DeserializeOwned>(&self, question: impl Serialize) -> NodeResult<A> {
        self.outside("ask a question without a key")?
            .interrupt(question)
    }

    /// Pauses the thread, as [`NodeContext::sleep_until`].
    ///
    /// # Errors
    /// As there, and in a task.
    pub async fn sleep_until(&self, moment: Timestamp) -> NodeResult<()> {
        self.outside("pause the thread")?.sleep_until(moment).await
    }

    /// Pauses the thread, as [`NodeContext::sleep_for`].
    ///
    /// # Errors
    /// As there, and in a task.
    pub async fn sleep_for(&self, wait: Duration) -> NodeResult<()> {
        self.outside("pause the thread")?.sleep_for(wait).await
    }

    /// Waits for an event, as [`NodeContext::wait_event`].
    ///
    /// # Errors
    /// As there, and in a task.
    pub async fn wait_event<E: DeserializeOwned>(&self, name: &str) -> NodeResult<E> {
        self.outside("wait for an event")?.wait_event(name).await
    }

    /// Runs a graph, or another entrypoint, as [`NodeContext::invoke`].
    ///
    /// # Errors
    /// As there, and in a task.
    pub async fn invoke<C, I, O>(&self, graph: &CompiledGraph<C, I, O>, input: I) -> NodeResult<O>
    where
        C: State,
        I: Into<C::Update>,
        O: View<C> + Clone,
    {
        self.outside("run a graph")?.invoke(graph, input).await
    }

    /// Runs a graph, as [`NodeContext::invoke_keyed`].
    ///
    /// # Errors
    /// As there, and in a task.
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
        let node = self.outside("run a graph")?;
        node.invoke_keyed(key, graph, input).await
    }

    fn outside(&self, what: &'static str) -> Result<&NodeContext, NodeError> {
        self.check_outside(what)?;
        Ok(&self.node)
    }
}
