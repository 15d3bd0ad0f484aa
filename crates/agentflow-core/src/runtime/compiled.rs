//! A checked graph with its adapters, able to run.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::thread::Thread;
use crate::BoxError;
use crate::cache::Cache;
use crate::checkpoint::Checkpointer;
use crate::clock::Clock;
use crate::engine::Breakpoints;
use crate::graph::{GraphError, GraphProblem, Persistence, Plan};
use crate::id::{NodeId, ThreadId};
use crate::nearest::nearest;
use crate::policy::RunOptions;
use crate::state::State;
use crate::store::Store;

/// A checked graph with its checkpointer. It takes an `I`, gives an `O`, and is cheap to
/// clone.
pub struct CompiledGraph<S: State, I = S, O = S> {
    pub(super) plan: Arc<Plan<S>>,
    pub(super) checkpointer: Option<Arc<dyn Checkpointer>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) cache: Option<Arc<dyn Cache>>,
    /// Long-term memory.
    pub(super) memory: Option<Arc<dyn Store>>,
    pub(super) options: RunOptions,
    pub(super) breakpoints: Breakpoints,
    pub(super) persistence: Persistence,
    ends: PhantomData<fn(I) -> O>,
}

impl<S: State, I, O> CompiledGraph<S, I, O> {
    pub(crate) fn new(plan: Arc<Plan<S>>, checkpointer: Option<Arc<dyn Checkpointer>>) -> Self {
        Self {
            plan,
            checkpointer,
            clock: default_clock(),
            cache: None,
            memory: None,
            options: RunOptions::default(),
            breakpoints: Breakpoints::default(),
            persistence: Persistence::default(),
            ends: PhantomData,
        }
    }

    /// The same graph with its threads kept by `checkpointer`.
    #[must_use]
    pub fn with_checkpointer(mut self, checkpointer: impl Checkpointer + 'static) -> Self {
        self.checkpointer = Some(Arc::new(checkpointer));
        self
    }

    /// The same graph with another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The same graph with a cache for the nodes that have a policy for one.
    #[must_use]
    pub fn with_cache(mut self, cache: impl Cache + 'static) -> Self {
        self.cache = Some(Arc::new(cache));
        self
    }

    /// The same graph with long-term memory for its nodes and those of graphs inside,
    /// which ask [`NodeContext::store`](crate::NodeContext::store) for it.
    #[must_use]
    pub fn with_store(mut self, store: impl Store + 'static) -> Self {
        self.memory = Some(Arc::new(store));
        self
    }

    /// The same graph with these limits for its runs.
    #[must_use]
    pub fn with_options(mut self, options: RunOptions) -> Self {
        self.options = options;
        self
    }

    /// What this graph remembers where it runs inside another.
    #[must_use]
    pub fn with_persistence(mut self, persistence: Persistence) -> Self {
        self.persistence = persistence;
        self
    }

    /// The same graph, whose runs pause before these nodes until somebody calls
    /// [`Thread::proceed`].
    ///
    /// # Errors
    /// If there is no such node.
    pub fn interrupt_before<const N: usize>(
        mut self,
        nodes: [impl Into<NodeId>; N],
    ) -> Result<Self, GraphError> {
        self.breakpoints.before = self.places(nodes.map(Into::into))?;
        Ok(self)
    }

    /// The same graph, whose runs pause after these nodes, unless that was the end.
    ///
    /// # Errors
    /// If there is no such node.
    pub fn interrupt_after<const N: usize>(
        mut self,
        nodes: [impl Into<NodeId>; N],
    ) -> Result<Self, GraphError> {
        self.breakpoints.after = self.places(nodes.map(Into::into))?;
        Ok(self)
    }

    /// The same graph, whose runs pause before every node.
    #[must_use]
    pub fn interrupt_before_all(mut self) -> Self {
        self.breakpoints.before = (0..self.plan.nodes.len()).collect();
        self
    }

    /// The same graph, whose runs pause after every superstep but the last.
    #[must_use]
    pub fn interrupt_after_all(mut self) -> Self {
        self.breakpoints.after = (0..self.plan.nodes.len()).collect();
        self
    }

    fn places<const N: usize>(&self, nodes: [NodeId; N]) -> Result<Vec<usize>, GraphError> {
        let (mut places, mut problems) = (Vec::new(), Vec::new());
        for node in nodes {
            match self.plan.index_of(&node) {
                Some(place) => places.push(place),
                None => {
                    let names = self.plan.nodes().map(NodeId::as_str);
                    problems.push(GraphProblem::UnknownNode {
                        place: "a breakpoint".to_owned(),
                        suggestion: nearest(node.as_str(), names).map(NodeId::from),
                        node,
                    });
                }
            }
        }
        if problems.is_empty() {
            Ok(places)
        } else {
            Err(GraphError { problems })
        }
    }

    /// A handle on one conversation. Nothing happens until it runs.
    pub fn thread(&self, id: impl Into<ThreadId>) -> Thread<'_, S, I, O> {
        Thread::new(self, id.into())
    }

    /// Forgets what the cache holds for these nodes.
    ///
    /// # Errors
    /// If the cache fails. That there is none is no error.
    pub async fn clear_cache<const N: usize>(
        &self,
        nodes: [impl Into<NodeId>; N],
    ) -> Result<(), BoxError> {
        let Some(cache) = &self.cache else {
            return Ok(());
        };
        for node in nodes.map(Into::into) {
            cache.clear(node.as_str()).await?;
        }
        Ok(())
    }

    /// The checked graph, for drawing and looking.
    #[must_use]
    pub fn plan(&self) -> &Plan<S> {
        &self.plan
    }
}

impl<S: State, I, O> Clone for CompiledGraph<S, I, O> {
    fn clone(&self) -> Self {
        Self {
            plan: Arc::clone(&self.plan),
            checkpointer: self.checkpointer.clone(),
            clock: Arc::clone(&self.clock),
            cache: self.cache.clone(),
            memory: self.memory.clone(),
            options: self.options,
            breakpoints: self.breakpoints.clone(),
            persistence: self.persistence,
            ends: PhantomData,
        }
    }
}

impl<S: State, I, O> fmt::Debug for CompiledGraph<S, I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompiledGraph")
            .field("plan", &self.plan)
            .field(
                "checkpointer",
                &self.checkpointer.as_ref().map(|store| store.backend()),
            )
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "runtime")]
fn default_clock() -> Arc<dyn Clock> {
    Arc::new(crate::clock::SystemClock)
}

#[cfg(not(feature = "runtime"))]
fn default_clock() -> Arc<dyn Clock> {
    Arc::new(NoClock)
}

/// Stands in until `with_clock` gives a real one.
#[cfg(not(feature = "runtime"))]
#[derive(Debug)]
struct NoClock;

#[cfg(not(feature = "runtime"))]
impl Clock for NoClock {
    fn now(&self) -> crate::Timestamp {
        panic!("without the feature `runtime` a graph needs `with_clock` before it keeps time")
    }

    fn sleep(&self, _: std::time::Duration) -> futures::future::BoxFuture<'static, ()> {
        panic!("without the feature `runtime` a graph needs `with_clock` before it waits")
    }
}
