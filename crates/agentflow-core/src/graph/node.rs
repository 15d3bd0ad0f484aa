//! What a node is: an async function of its input, or a struct with one.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use crate::command::{Command, Payload};
use crate::error::NodeResult;
use crate::runtime::NodeContext;
use crate::state::State;

/// One step of work over the shared state `S`, with the input `I`.
///
/// `I` is the state itself, or for a node that runs by [`crate::Send`] the sent
/// payload. Async functions and closures of `(Arc<I>, NodeContext)` are nodes;
/// write the trait for a struct that carries what the node needs:
///
/// ```
/// use std::sync::Arc;
/// use agentflow_core::{Command, Node, NodeContext, NodeResult, State};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
/// struct Greeting {
///     text: String,
/// }
///
/// struct Greeter {
///     name: String,
/// }
///
/// impl Node<Greeting> for Greeter {
///     async fn run(&self, _: Arc<Greeting>, _: NodeContext) -> NodeResult<Command<Greeting>> {
///         Ok(Greeting::update().text(format!("hello, {}", self.name)).into())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a node of a graph over `{S}`",
    label = "not a node",
    note = "a node is an `async fn(Arc<{I}>, NodeContext) -> NodeResult<impl Into<Command<{S}>>>` or a type that implements `Node<{S}>`"
)]
pub trait Node<S: State, I = S>: Send + Sync + 'static {
    /// Runs once. Dropping the future stops it; it may run again for the same task.
    fn run(
        &self,
        input: Arc<I>,
        cx: NodeContext,
    ) -> impl Future<Output = NodeResult<Command<S>>> + Send;
}

impl<S, I, F, Fut, C> Node<S, I> for F
where
    S: State,
    I: Send + Sync + 'static,
    F: Fn(Arc<I>, NodeContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = NodeResult<C>> + Send + 'static,
    C: Into<Command<S>>,
{
    async fn run(&self, input: Arc<I>, cx: NodeContext) -> NodeResult<Command<S>> {
        self(input, cx).await.map(Into::into)
    }
}

/// A node's run, boxed.
pub(crate) type NodeFuture<S> =
    Pin<Box<dyn Future<Output = NodeResult<Command<S>>> + Send + 'static>>;

/// What a task gives its node.
#[derive(Clone, Debug)]
pub(crate) enum TaskInput<S> {
    State(Arc<S>),
    Payload(PayloadInput),
}

/// A send's payload on its way to its node.
#[derive(Clone)]
pub(crate) struct PayloadInput(pub(crate) Payload);

impl std::fmt::Debug for PayloadInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.type_name)
    }
}

/// A node whose own type is forgotten.
pub(crate) trait AnyNode<S: State>: Send + Sync {
    fn start(&self, input: TaskInput<S>, cx: NodeContext) -> NodeFuture<S>;
}

/// Runs on the state.
pub(crate) struct OnState<N>(pub(crate) Arc<N>);

impl<S: State, N: Node<S>> AnyNode<S> for OnState<N> {
    fn start(&self, input: TaskInput<S>, cx: NodeContext) -> NodeFuture<S> {
        let TaskInput::State(state) = input else {
            unreachable!("only nodes that take a payload are sent one")
        };
        let node = Arc::clone(&self.0);
        Box::pin(async move { node.run(state, cx).await })
    }
}

/// Runs on a sent payload of type `I`.
pub(crate) struct OnPayload<N, I> {
    pub(crate) node: Arc<N>,
    pub(crate) takes: PhantomData<fn() -> I>,
}

impl<S: State, I: Send + Sync + 'static, N: Node<S, I>> AnyNode<S> for OnPayload<N, I> {
    fn start(&self, input: TaskInput<S>, cx: NodeContext) -> NodeFuture<S> {
        let TaskInput::Payload(PayloadInput(payload)) = input else {
            unreachable!("a node that takes a payload runs only by a send")
        };
        let Some(input) = payload.downcast::<I>() else {
            unreachable!("a send's payload is checked against its node before the task starts")
        };
        let node = Arc::clone(&self.node);
        Box::pin(async move { node.run(input, cx).await })
    }
}
