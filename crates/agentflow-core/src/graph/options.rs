//! What nodes are told beside what they do: how often to try, for how long, what to do
//! when they fail. Given by a node's name, before or after it is added.

use std::any::{TypeId, type_name};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use serde_json::Value;

use super::builder::StateGraph;
use super::node::Handler;
use super::plan::{CacheRule, NodeOptions};
use crate::command::Command;
use crate::engine::panic_message;
use crate::error::{NodeError, NodeErrorKind, NodeFailure, NodeResult};
use crate::id::NodeId;
use crate::policy::{CachePolicy, RetryPolicy, TimeoutPolicy};
use crate::runtime::NodeContext;
use crate::state::State;

/// What nodes are told that say nothing themselves.
pub(super) struct Defaults<S: State> {
    pub(super) retry: Vec<RetryPolicy>,
    pub(super) timeout: TimeoutPolicy,
    pub(super) cache: Option<CachePolicy>,
    pub(super) handler: Option<Arc<Handler<S>>>,
}

impl<S: State> Default for Defaults<S> {
    fn default() -> Self {
        Self {
            retry: Vec::new(),
            timeout: TimeoutPolicy::default(),
            cache: None,
            handler: None,
        }
    }
}

impl<S: State> Defaults<S> {
    /// A node's own options with these where it has none.
    pub(super) fn fill(&self, mut own: NodeOptions<S>) -> NodeOptions<S> {
        if own.retry.is_empty() {
            own.retry.clone_from(&self.retry);
        }
        if own.timeout == TimeoutPolicy::default() {
            own.timeout = self.timeout;
        }
        if own.cache.is_none() {
            own.cache = self.cache.map(|policy| CacheRule { policy, key: None });
        }
        if own.handler.is_none()
            && let Some(handler) = &self.handler
        {
            let handler = Arc::clone(handler);
            own.handler = Some(Box::new(move |state, failure, cx| {
                handler(state, failure, cx)
            }));
        }
        own
    }
}

impl<S: State, I, O> StateGraph<S, I, O> {
    fn option(
        mut self,
        node: impl Into<NodeId>,
        what: &'static str,
        set: impl FnOnce(&mut NodeOptions<S>),
    ) -> Self {
        let options = self.options.entry(node.into());
        set(&mut options.or_insert_with(|| (NodeOptions::default(), what)).0);
        self
    }

    /// Runs `node` again when it fails, as `policy` says. Given several, the first that
    /// fits a failure decides, and each counts only its own.
    pub fn retry(self, node: impl Into<NodeId>, policy: RetryPolicy) -> Self {
        self.option(node, "a retry policy", |options| options.retry.push(policy))
    }

    /// Runs every node without a policy of its own again when it fails.
    pub fn retry_all(mut self, policy: RetryPolicy) -> Self {
        self.defaults.retry.push(policy);
        self
    }

    /// Stops an attempt of `node` that takes longer.
    pub fn timeout(self, node: impl Into<NodeId>, policy: impl Into<TimeoutPolicy>) -> Self {
        let policy = policy.into();
        self.option(node, "a timeout", |options| options.timeout = policy)
    }

    /// Stops an attempt of every node without a limit of its own that takes longer.
    pub fn timeout_all(mut self, policy: impl Into<TimeoutPolicy>) -> Self {
        self.defaults.timeout = policy.into();
        self
    }

    /// Runs `node` only when nothing else of the graph can run: no other node, and no
    /// send. However often it was led to meanwhile, it runs once.
    pub fn defer(self, node: impl Into<NodeId>) -> Self {
        self.option(node, "a deferral", |options| options.deferred = true)
    }

    /// Takes the reply that `node` gave for an equal input instead of running it, from
    /// the cache that the graph was given by [`crate::CompiledGraph::with_cache`].
    pub fn cache(self, node: impl Into<NodeId>, policy: CachePolicy) -> Self {
        self.option(node, "a cache policy", |options| {
            options.cache = Some(CacheRule { policy, key: None });
        })
    }

    /// As [`StateGraph::cache`], where inputs are equal if `key` says the same of them. Only
    /// for nodes that run on the state, or on one that they are sent.
    pub fn cache_by(
        self,
        node: impl Into<NodeId>,
        policy: CachePolicy,
        key: impl Fn(&S) -> String + Send + Sync + 'static,
    ) -> Self {
        self.option(node, "a cache policy", |options| {
            let key: super::plan::CacheKey<S> = Box::new(key);
            options.cache = Some(CacheRule {
                policy,
                key: Some(key),
            });
        })
    }

    /// Caches every node without a policy of its own.
    pub fn cache_all(mut self, policy: CachePolicy) -> Self {
        self.defaults.cache = Some(policy);
        self
    }

    /// When `node` has failed for good, runs `handler` in the same superstep on the same
    /// state, instead of failing the run. Its reply counts as the node's, but the node's
    /// edges are not taken: the handler says where to go on.
    ///
    /// A question is no failure. If the handler fails, the run fails. After a crash the
    /// handler runs again, and the node does not.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use agentflow_core::{Command, NodeContext, NodeFailure, NodeResult, START, State, StateGraph};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// # struct Order { status: String }
    /// async fn charge(_: Arc<Order>, _: NodeContext) -> NodeResult<OrderUpdate> {
    ///     Err(std::io::Error::other("card declined").into())
    /// }
    ///
    /// async fn refuse(
    ///     _: Arc<Order>,
    ///     failure: NodeFailure,
    ///     _: NodeContext,
    /// ) -> NodeResult<Command<Order>> {
    ///     Ok(Command::update(Order::update().status(failure.message())).and_goto("tell"))
    /// }
    /// # async fn tell(_: Arc<Order>, _: NodeContext) -> NodeResult<()> { Ok(()) }
    /// # async fn run() -> Result<(), agentflow_core::Error> {
    /// let graph = StateGraph::new()
    ///     .add_node("charge", charge)
    ///     .add_node("tell", tell)
    ///     .on_error("charge", refuse)
    ///     .add_edge(START, "charge")
    ///     .compile()?;
    /// # let done = graph.thread("t").invoke(Order::default()).await?.into_done();
    /// # assert_eq!(done.unwrap().status, "card declined");
    /// # Ok(())
    /// # }
    /// # futures::executor::block_on(run()).unwrap();
    /// ```
    pub fn on_error<F, Fut, C>(self, node: impl Into<NodeId>, handler: F) -> Self
    where
        F: Fn(Arc<S>, NodeFailure, NodeContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = NodeResult<C>> + Send + 'static,
        C: Into<Command<S>>,
    {
        self.option(node, "an error handler", |options| {
            options.handler = Some(boxed(handler));
        })
    }

    /// A handler for every node without one of its own.
    pub fn on_error_all<F, Fut, C>(mut self, handler: F) -> Self
    where
        F: Fn(Arc<S>, NodeFailure, NodeContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = NodeResult<C>> + Send + 'static,
        C: Into<Command<S>>,
    {
        self.defaults.handler = Some(Arc::new(boxed(handler)));
        self
    }

    /// How to take back what `node` did, when its thread is rolled back to before it by
    /// [`crate::Thread::roll_back`]. It gets the state after the superstep that `node`
    /// ran in, and what is to be undone must be found there.
    pub fn undo<F, Fut>(self, node: impl Into<NodeId>, undo: F) -> Self
    where
        F: Fn(Arc<S>, NodeContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = NodeResult<()>> + Send + 'static,
    {
        self.option(node, "an undo action", |options| {
            let undo = Arc::new(undo);
            options.undo = Some(Box::new(move |state, cx| {
                let undo = Arc::clone(&undo);
                // Called when it is polled: a panic of it is an error of its node.
                let undoing = async move { undo(state, cx).await };
                let undoing = AssertUnwindSafe(undoing).catch_unwind();
                Box::pin(undoing.map(|undone| {
                    undone.unwrap_or_else(|panic| {
                        let message = panic_message(&*panic);
                        Err(NodeError(NodeErrorKind::Panicked(message)))
                    })
                }))
            }));
        })
    }

    /// Attaches something to a node for drawings and descriptions. The engine ignores it.
    pub fn node_metadata(
        self,
        node: impl Into<NodeId>,
        key: impl Into<String>,
        value: impl Into<Value>,
    ) -> Self {
        self.option(node, "metadata", |options| {
            options.metadata.insert(key.into(), value.into());
        })
    }

    /// Says that the node `old` is called `new` now, for threads that were paused when it
    /// was still called `old`.
    pub fn rename_node(mut self, old: impl Into<NodeId>, new: impl Into<NodeId>) -> Self {
        self.renamed.insert(old.into(), new.into());
        self
    }

    /// Says that runs must bring a context of type `X`, by
    /// [`crate::Thread::with_context`]; one that does not fails before anything runs. What
    /// a graph inside needs is needed here too. A run has one context: graphs that need
    /// different ones cannot be run together.
    pub fn needs_context<X: Send + Sync + 'static>(mut self) -> Self {
        self.needs.push((TypeId::of::<X>(), type_name::<X>()));
        self
    }
}

fn boxed<S, F, Fut, C>(handler: F) -> Handler<S>
where
    S: State,
    F: Fn(Arc<S>, NodeFailure, NodeContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = NodeResult<C>> + Send + 'static,
    C: Into<Command<S>>,
{
    let handler = Arc::new(handler);
    Box::new(move |state, failure, cx| {
        let handler = Arc::clone(&handler);
        // Called when it is polled: a panic of it is an error of its node.
        Box::pin(async move { handler(state, failure, cx).await.map(Into::into) })
    })
}
