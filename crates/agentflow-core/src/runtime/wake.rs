//! Goes on with threads that have slept long enough, or that something happened to.
//! Never passes a pause: that takes a person.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, select};

use super::compiled::CompiledGraph;
use super::control::RunControl;
use super::due::{CallsFor, Standing};
use super::memo::Memo;
use super::outcome::Outcome;
use super::run::{leased, load, run_leased, store_error};
use super::scope::{Leased, Run};
use super::thread::{RunInput, Thread};
use crate::checkpoint::{CheckpointKey, Checkpointer, RecordsRequest, Wake};
use crate::error::RunError;
use crate::id::ThreadId;
use crate::state::{State, View};

/// Threads that one look at the store goes on with at most.
const WOKEN_MAX: usize = 100;

/// Threads that one look at the store asks about at most: more than it wakes, so that
/// those that others run, or that only a person carries on, keep nobody asleep.
const DUE_MAX: u32 = 1_000;

/// The shortest and the longest wait before a thread that failed is woken again. Between
/// them it waits as long as it has been failing, so that each wait doubles.
const FAILED_WAIT_MIN: Duration = Duration::from_secs(1);
const FAILED_WAIT_MAX: Duration = Duration::from_secs(600);

/// A thread that was woken, and how its run ended.
pub type Woken<O> = (ThreadId, Result<Outcome<O>, RunError>);

impl<S: State, I, O: View<S> + Clone> CompiledGraph<S, I, O> {
    /// Goes on with every thread whose time has come, one after the other, at most 100.
    /// Nothing is due in a graph without a checkpointer. The store must hold only threads
    /// of this graph.
    ///
    /// A thread that waits goes on when its time has come, or when there is an event that
    /// it waits for. One that has paused at a breakpoint, for a spent budget or for a
    /// drain, or that somebody has edited, goes on by [`Thread::proceed`] alone, whatever
    /// it is told meanwhile. One that another worker runs is left to it. One that fails
    /// where it was woken is tried again, after 1 s at first and after 10 min at last.
    ///
    /// # Errors
    /// If the store does not say which are due.
    ///
    /// # Cancel safety
    /// As [`Thread::invoke`]; a thread that was not reached stays due.
    pub async fn wake_due(&self) -> Result<Vec<Woken<O>>, RunError> {
        self.wake_due_with(|thread| thread).await
    }

    /// As [`CompiledGraph::wake_due`], with what `equip` gives each thread for its run: a
    /// context, metadata, a control.
    ///
    /// ```
    /// # use agentflow_core::{CompiledGraph, RunControl, RunError, State};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
    /// # struct Count { #[state(reducer = add)] n: u32 }
    /// # struct Clients;
    /// # async fn run(graph: &CompiledGraph<Count>) -> Result<(), RunError> {
    /// let control = RunControl::new();
    /// graph
    ///     .wake_due_with(|thread| thread.with_context::<Clients>(Clients).with_control(&control))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`CompiledGraph::wake_due`].
    pub async fn wake_due_with(
        &self,
        equip: impl FnMut(Thread<'_, S, I, O>) -> Thread<'_, S, I, O>,
    ) -> Result<Vec<Woken<O>>, RunError> {
        let mut woken = Vec::new();
        self.wake_each(equip, |one| woken.push(one), || false)
            .await?;
        Ok(woken)
    }

    /// Looks every `pause` for threads whose time has come, until `control` is asked to
    /// drain or cancel, and gives each that it woke to `tell`. After a restart it finds
    /// what became due meanwhile.
    ///
    /// # Errors
    /// If the store does not say which are due, for a reason that waiting does not change.
    pub async fn keep_waking(
        &self,
        pause: Duration,
        control: &RunControl,
        tell: impl FnMut(Woken<O>),
    ) -> Result<(), RunError> {
        self.keep_waking_with(|thread| thread, pause, control, tell)
            .await
    }

    /// As [`CompiledGraph::keep_waking`], with what `equip` gives each thread for its
    /// run. Given `control` as well, its runs stop with the looking.
    ///
    /// # Errors
    /// As [`CompiledGraph::keep_waking`].
    pub async fn keep_waking_with(
        &self,
        mut equip: impl FnMut(Thread<'_, S, I, O>) -> Thread<'_, S, I, O>,
        pause: Duration,
        control: &RunControl,
        mut tell: impl FnMut(Woken<O>),
    ) -> Result<(), RunError> {
        while !control.is_asked() {
            let looked = self.wake_each(&mut equip, &mut tell, || control.is_asked());
            match looked.await {
                Ok(()) => {}
                Err(error) if error.is_retryable() => {
                    tracing::warn!(%error, "the store does not say which threads are due");
                }
                Err(error) => return Err(error),
            }
            let asked = Box::pin(control.wish(false));
            if let Either::Left(_) = select(asked, self.clock.sleep(pause)).await {
                break;
            }
        }
        Ok(())
    }

    /// One look at the store, until `is_enough`.
    async fn wake_each(
        &self,
        mut equip: impl FnMut(Thread<'_, S, I, O>) -> Thread<'_, S, I, O>,
        mut tell: impl FnMut(Woken<O>),
        is_enough: impl Fn() -> bool,
    ) -> Result<(), RunError> {
        let Some(store) = &self.checkpointer else {
            return Ok(());
        };
        let due = store.due(self.clock.now(), DUE_MAX).await;
        let due = due.map_err(|source| store_error(&"".into(), source))?;
        let mut woken = 0;
        for id in due {
            if woken == WOKEN_MAX || is_enough() {
                break;
            }
            let mut thread = self.thread(id.clone());
            // Where it goes on is not for the waker to say.
            thread.config = equip(self.thread(id.clone())).config;
            thread.config.at = None;
            match thread.wake(store).await {
                Ok(None) | Err(RunError::ThreadBusy { .. }) => continue,
                Ok(Some(outcome)) => tell((id, Ok(outcome))),
                Err(error) => tell((id, Err(error))),
            }
            woken += 1;
        }
        Ok(())
    }
}

impl<S: State, I, O: View<S> + Clone> Thread<'_, S, I, O> {
    /// Goes on with the thread, or puts it to sleep again if it has nothing to go on for.
    /// Looks and sets the wake-up under the thread's lease: nobody else's is undone.
    async fn wake(
        &self,
        checkpointer: &Arc<dyn Checkpointer>,
    ) -> Result<Option<Outcome<O>>, RunError> {
        let memo = &Arc::new(Memo::default());
        let work = |store: Leased| async move {
            let Some(standing) = self.standing(&store).await? else {
                // Its events wait for whoever runs it first.
                let snoozed = checkpointer.snooze(&self.id, Wake::Never).await;
                snoozed.map_err(|source| store_error(&self.id, source))?;
                return Ok(None);
            };
            if let CallsFor::Sleep(until) = standing.calls_for {
                self.sleep(&store, &standing, standing.asleep_until(until))
                    .await?;
                return Ok(None);
            }
            let ended = self.go_on(&store, memo).await;
            if let Err(error) = &ended
                && let Err(unset) = self.wait_after(error, &store, &standing).await
            {
                // It stays due, and the next look tries it again.
                tracing::warn!(thread = %self.id, error = %unset, "a failed thread could not be put to sleep");
            }
            ended.map(Some)
        };
        leased(self.graph, checkpointer, &self.id, memo, work).await
    }

    async fn go_on(&self, store: &Leased, memo: &Arc<Memo>) -> Result<Outcome<O>, RunError> {
        self.config.check_context(&self.graph.plan)?;
        let run = Run {
            memo: Arc::clone(memo),
            ..self.new_run(store.fence.epoch.0, None)
        };
        run_leased(self, run, store.clone(), RunInput::proceed()).await
    }

    /// Puts a thread that failed to sleep for a while, if nothing of it was stored since
    /// it was woken: what it was woken for is still there.
    async fn wait_after(
        &self,
        error: &RunError,
        store: &Leased,
        woken: &Standing,
    ) -> Result<(), RunError> {
        // Whoever runs it next goes on at once.
        if matches!(error, RunError::Cancelled { .. }) {
            return Ok(());
        }
        let Some(standing) = self.standing(store).await? else {
            return Ok(());
        };
        if standing.base != woken.base {
            return Ok(());
        }
        let now = self.graph.clock.now();
        let wait = now.since(standing.since);
        let until = now.after(wait.clamp(FAILED_WAIT_MIN, FAILED_WAIT_MAX));
        // An event that came after the thread had failed may be what it lacked.
        self.sleep(store, woken, woken.asleep_until(Some(until)))
            .await
    }

    /// The thread as it stands; `None` if it has never run.
    async fn standing(&self, store: &Leased) -> Result<Option<Standing>, RunError> {
        let checkpointer = &store.checkpointer;
        let Some(stored) = load(checkpointer, &self.id, &self.namespace, None).await? else {
            return Ok(None);
        };
        let events = checkpointer.events(&self.id).await;
        let events = events.map_err(|source| store_error(&self.id, source))?;
        Ok(Some(Standing::of(&stored, &events, self.graph.clock.now())))
    }

    async fn sleep(&self, store: &Leased, standing: &Standing, wake: Wake) -> Result<(), RunError> {
        let request = RecordsRequest {
            fence: store.fence.clone(),
            checkpoint: CheckpointKey {
                thread: self.id.clone(),
                namespace: self.namespace.clone(),
                id: standing.base,
            },
            records: Vec::new(),
            wake,
        };
        let saved = store.checkpointer.save_records(request).await;
        saved.map_err(|source| store_error(&self.id, source))
    }
}
