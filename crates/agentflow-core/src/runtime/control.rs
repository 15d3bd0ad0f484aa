//! A hand on a run from outside: stop at the end of the superstep, or at once.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// A hand on runs from outside. Cheap to clone; give it to a run by
/// [`crate::Thread::with_control`].
///
/// ```
/// # use std::sync::Arc;
/// # use agentflow_core::{NodeContext, NodeResult, Outcome, PauseReason, RunControl, START, State, StateGraph, WaitsFor};
/// # use agentflow_core::checkpoint::MemoryCheckpointer;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
/// # struct Count { #[state(reducer = add)] n: u32 }
/// # async fn run() -> Result<(), agentflow_core::Error> {
/// let control = RunControl::new();
/// let stop = control.clone();
/// let one_more = move |_: Arc<Count>, _: NodeContext| {
///     stop.drain("deploying");
///     std::future::ready(NodeResult::Ok(Count::update().n(1)))
/// };
/// let graph = StateGraph::new()
///     .add_node("a", one_more.clone())
///     .add_node("b", one_more)
///     .add_edge(START, "a")
///     .add_edge("a", "b")
///     .compile_with(MemoryCheckpointer::new())?;
/// let thread = graph.thread("t").with_control(&control);
/// let Outcome::Interrupted { interrupt, state, .. } = thread.invoke(Count::default()).await?
/// else { panic!("drained") };
/// assert_eq!(interrupt.waits_for, WaitsFor::Proceed(PauseReason::Drained("deploying".into())));
/// assert_eq!(state.n, 1);
/// # Ok(())
/// # }
/// # futures::executor::block_on(run()).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct RunControl(Arc<Mutex<Asked>>);

#[derive(Debug, Default)]
struct Asked {
    drain: Option<String>,
    cancel: Option<String>,
    /// Of those that wait, by the number that each was given.
    wakers: BTreeMap<u64, Waker>,
    numbers: u64,
}

/// One that waits; forgotten when it waits no more.
struct Waiting<'a> {
    control: &'a RunControl,
    number: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.control.asked().wakers.remove(&self.number);
    }
}

/// What a run was asked for.
#[derive(Debug)]
pub(super) enum Wish {
    Drain(String),
    Cancel(String),
}

impl RunControl {
    /// A control that asks for nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks its runs to pause when their superstep has ended, also those that begin
    /// later. [`crate::Thread::proceed`] with another control goes on.
    pub fn drain(&self, reason: impl Into<String>) {
        self.ask(|asked| {
            asked.drain.get_or_insert(reason.into());
        });
    }

    /// Asks its runs to end now: running tasks are dropped, what finished is stored, and
    /// the run ends with [`crate::RunError::Cancelled`].
    pub fn cancel(&self, reason: impl Into<String>) {
        self.ask(|asked| {
            asked.cancel.get_or_insert(reason.into());
        });
    }

    /// Whether somebody asked to drain or cancel.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        let asked = self.asked();
        asked.drain.is_some() || asked.cancel.is_some()
    }

    /// Whether somebody asked to cancel.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.asked().cancel.is_some()
    }

    /// Why to drain, if somebody asked to.
    pub(super) fn drains(&self) -> Option<String> {
        self.asked().drain.clone()
    }

    /// Returns when somebody asks to cancel.
    pub async fn cancelled(&self) {
        self.wait(|asked| asked.cancel.as_ref().map(|_| ())).await;
    }

    /// Returns when somebody asks for something: to cancel, or to drain unless `drains`.
    pub(super) async fn wish(&self, drains: bool) -> Wish {
        self.wait(|asked| {
            let cancel = asked.cancel.clone().map(Wish::Cancel);
            let drain = || asked.drain.clone().filter(|_| !drains);
            cancel.or_else(|| drain().map(Wish::Drain))
        })
        .await
    }

    async fn wait<T>(&self, ready: impl Fn(&Asked) -> Option<T>) -> T {
        let waiting = self.number();
        poll_fn(|cx| {
            let mut asked = self.asked();
            if let Some(wish) = ready(&asked) {
                return Poll::Ready(wish);
            }
            asked.wakers.insert(waiting.number, cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn number(&self) -> Waiting<'_> {
        let mut asked = self.asked();
        asked.numbers += 1;
        Waiting {
            control: self,
            number: asked.numbers,
        }
    }

    fn ask(&self, change: impl FnOnce(&mut Asked)) {
        let mut asked = self.asked();
        change(&mut asked);
        let wakers = std::mem::take(&mut asked.wakers);
        drop(asked);
        wakers.into_values().for_each(Waker::wake);
    }

    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
