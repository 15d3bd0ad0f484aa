//! A checked graph with its adapters, able to run.

use std::fmt;
use std::sync::Arc;

use super::thread::Thread;
use crate::checkpoint::Checkpointer;
use crate::clock::Clock;
use crate::graph::Plan;
use crate::id::ThreadId;
use crate::policy::RunOptions;
use crate::state::State;

/// A checked graph with its checkpointer. Cheap to clone.
pub struct CompiledGraph<S: State> {
    pub(super) plan: Arc<Plan<S>>,
    pub(super) checkpointer: Option<Arc<dyn Checkpointer>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: RunOptions,
}

impl<S: State> CompiledGraph<S> {
    pub(crate) fn new(plan: Arc<Plan<S>>, checkpointer: Option<Arc<dyn Checkpointer>>) -> Self {
        Self {
            plan,
            checkpointer,
            clock: default_clock(),
            options: RunOptions::default(),
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

    /// The same graph with these limits for its runs.
    #[must_use]
    pub fn with_options(mut self, options: RunOptions) -> Self {
        self.options = options;
        self
    }

    /// A handle on one conversation. Nothing happens until it runs.
    pub fn thread(&self, id: impl Into<ThreadId>) -> Thread<'_, S> {
        Thread::new(self, id.into())
    }

    /// The checked graph, for drawing and looking.
    #[must_use]
    pub fn plan(&self) -> &Plan<S> {
        &self.plan
    }
}

impl<S: State> Clone for CompiledGraph<S> {
    fn clone(&self) -> Self {
        Self {
            plan: Arc::clone(&self.plan),
            checkpointer: self.checkpointer.clone(),
            clock: Arc::clone(&self.clock),
            options: self.options,
        }
    }
}

impl<S: State> fmt::Debug for CompiledGraph<S> {
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
