//! An async function that becomes a graph.

use std::future::Future;
use std::sync::Arc;

use super::context::EntryContext;
use super::error::NoInput;
use super::returned::{Durable, Returns};
use super::state::EntryState;
use crate::checkpoint::Checkpointer;
use crate::command::Command;
use crate::error::{NodeError, NodeResult};
use crate::graph::{GraphError, START, StateGraph};
use crate::id::NodeId;
use crate::policy::{RetryPolicy, TimeoutPolicy};
use crate::runtime::{CompiledGraph, NodeContext};

/// An entrypoint that is able to run. Its threads take an `I` and give an `O`, or nothing
/// while they wait.
pub type Workflow<I, O, S = O> = CompiledGraph<EntryState<I, O, S>, I, Option<O>>;

/// A workflow that is written as one async function, of an `I` and an [`EntryContext`],
/// and returns an `O`, or a [`crate::Final`] if it saves an `S` that is something else.
///
/// ```
/// use agentflow_core::{EntryContext, Entrypoint, NodeResult, Outcome};
///
/// async fn translate(text: String) -> Result<String, std::io::Error> {
///     Ok(text.to_uppercase())
/// }
///
/// async fn shout(text: String, cx: EntryContext<String>) -> NodeResult<String> {
///     let text = cx.task("translate", &text, translate).await?;
///     Ok(text + "!")
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), agentflow_core::Error> {
/// let workflow = Entrypoint::new("shout", shout).compile()?;
/// let outcome = workflow.thread("t").invoke("hello".to_owned()).await?;
/// assert_eq!(outcome, Outcome::Done(Some("HELLO!".to_owned())));
/// # Ok(())
/// # }
/// ```
///
/// It runs again from its first line after a question, a failure and a crash. What it
/// must not do twice it does in tasks.
#[must_use = "an entrypoint runs after `compile`"]
pub struct Entrypoint<I: Durable, O: Durable, S: Durable = O> {
    name: NodeId,
    graph: StateGraph<EntryState<I, O, S>, I, Option<O>>,
}

impl<I: Durable, O: Durable, S: Durable> Entrypoint<I, O, S> {
    /// An entrypoint of this name, which is also that of its only node.
    pub fn new<F, Fut, R>(name: impl Into<NodeId>, run: F) -> Self
    where
        F: Fn(I, EntryContext<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = NodeResult<R>> + Send + 'static,
        R: Returns<O, S>,
    {
        let (name, run) = (name.into(), Arc::new(run));
        let node = move |state: Arc<EntryState<I, O, S>>, cx: NodeContext| {
            let run = Arc::clone(&run);
            async move {
                let Some(input) = state.input().cloned() else {
                    return Err(NodeError::fatal(NoInput));
                };
                let cx = EntryContext::new(cx, state.saved.clone());
                drop(state);
                let returned = run(input, cx).await?.into_final();
                let update = EntryState::update().output(returned.value);
                Ok(Command::update(update.saved(returned.save)))
            }
        };
        let graph = StateGraph::new()
            .add_node(name.clone(), node)
            .add_edge(START, name.clone())
            .with_input()
            .with_output();
        Self { name, graph }
    }

    /// Runs the function again when it fails, as `policy` says; its finished tasks are
    /// not run again. For one task see [`crate::TaskSpec::retry`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.graph = self.graph.retry(self.name.clone(), policy);
        self
    }

    /// Stops a run of the function that takes longer. For one task see
    /// [`crate::TaskSpec::timeout`].
    pub fn timeout(mut self, policy: impl Into<TimeoutPolicy>) -> Self {
        self.graph = self.graph.timeout(self.name.clone(), policy);
        self
    }

    /// Says that runs must bring a context of type `X`: see [`StateGraph::needs_context`].
    pub fn needs_context<X: Send + Sync + 'static>(mut self) -> Self {
        self.graph = self.graph.needs_context::<X>();
        self
    }

    /// The graph that it is, for all else that a graph can be told.
    pub fn into_graph(self) -> StateGraph<EntryState<I, O, S>, I, Option<O>> {
        self.graph
    }

    /// Checks the name. Threads are forgotten when a run ends.
    ///
    /// # Errors
    /// If no node can be called like this.
    pub fn compile(self) -> Result<Workflow<I, O, S>, GraphError> {
        self.graph.compile()
    }

    /// Checks the name. Threads are kept by `checkpointer`.
    ///
    /// # Errors
    /// If no node can be called like this.
    pub fn compile_with(
        self,
        checkpointer: impl Checkpointer + 'static,
    ) -> Result<Workflow<I, O, S>, GraphError> {
        self.graph.compile_with(checkpointer)
    }
}
