//! What a node is: an async function of its input, or a struct with one.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use futures::future::BoxFuture;

use crate::command::{Command, Payload};
use crate::error::{NodeFailure, NodeResult};
use crate::runtime::NodeContext;
use crate::state::{State, View};

/// One step of work over the shared state `S`, with the input `I`.
///
/// `I` is the state itself, a [`View`] of it, or for a node that runs by
/// [`crate::Send`] the sent payload. Async functions and closures of `(Arc<I>, NodeContext)` are nodes;
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
pub(crate) type NodeFuture<'a, S> =
    Pin<Box<dyn Future<Output = NodeResult<Command<S>>> + Send + 'a>>;

/// What a task gives its node.
#[derive(Clone, Debug)]
pub(crate) enum TaskInput<S> {
    State(Arc<S>),
    Payload(Payload),
}

/// A node whose own type is forgotten.
pub(crate) trait AnyNode<S: State>: Send + Sync {
    fn start(&self, input: TaskInput<S>, cx: NodeContext) -> NodeFuture<'_, S>;
}

/// Runs on the state, or on what it wants to see of it.
pub(crate) struct OnState<N, I> {
    pub(crate) node: N,
    pub(crate) sees: PhantomData<fn() -> I>,
}

impl<S: State, I: View<S>, N: Node<S, I>> AnyNode<S> for OnState<N, I> {
    fn start(&self, input: TaskInput<S>, cx: NodeContext) -> NodeFuture<'_, S> {
        let state = match input {
            TaskInput::State(state) => state,
            TaskInput::Payload(payload) => match payload.downcast::<S>() {
                Some(state) => state,
                None => unreachable!("a send's payload is checked against its node before"),
            },
        };
        // Seen when it is polled: a panic of the view is an error of its node.
        Box::pin(async move { self.node.run(I::of(state), cx).await })
    }
}

/// Runs on a sent payload of type `I`.
pub(crate) struct OnPayload<N, I> {
    pub(crate) node: N,
    pub(crate) takes: PhantomData<fn() -> I>,
}

impl<S: State, I: Send + Sync + 'static, N: Node<S, I>> AnyNode<S> for OnPayload<N, I> {
    fn start(&self, input: TaskInput<S>, cx: NodeContext) -> NodeFuture<'_, S> {
        let TaskInput::Payload(payload) = input else {
            unreachable!("a node that takes a payload runs only by a send")
        };
        let Some(input) = payload.downcast::<I>() else {
            unreachable!("a send's payload is checked against its node before the task starts")
        };
        Box::pin(async move { self.node.run(input, cx).await })
    }
}

/// What runs after a node's last attempt failed.
pub(crate) type Handler<S> =
    Box<dyn Fn(Arc<S>, NodeFailure, NodeContext) -> NodeFuture<'static, S> + Send + Sync>;

/// What takes back a node's effects.
pub(crate) type Undo<S> =
    Box<dyn Fn(Arc<S>, NodeContext) -> BoxFuture<'static, NodeResult<()>> + Send + Sync>;
