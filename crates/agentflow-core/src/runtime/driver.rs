//! The one loop: asks the engine what to do, does it, tells it what happened.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::BoxFuture;

use super::context::NodeContext;
use super::control::{RunControl, Wish};
use super::crowd::Crowd;
use super::recorder::{Recorder, records};
use super::reveal::stream_kind;
use super::scope::Scope;
use super::task::{Attempt, Work, with_left};
use super::writes::{Write, Written};
use crate::checkpoint::CheckpointError;
use crate::engine::{Action, Emission, Engine, Input, RunTask, Save, Transition};
use crate::error::RunError;
use crate::graph::Plan;
use crate::id::Step;
use crate::interrupt::PauseReason;
use crate::policy::Durability;
use crate::state::State;

/// Inputs in a row without giving others on the same executor a turn: enough to
/// cost nothing, few enough that a lease is renewed and a run can be dropped.
const INPUTS_PER_TURN: u32 = 256;

/// Runs an engine to its end.
pub(super) struct Driver<'a, S: State> {
    plan: &'a Plan<S>,
    scope: Arc<Scope>,
    recorder: Recorder,
    /// The fields that watchers see.
    output: Option<&'static [&'static str]>,
    /// Tasks that have not begun.
    starting: VecDeque<RunTask<S>>,
    /// Tasks and timers, which stop when a run fails.
    tasks: Crowd<Work<'a, S>>,
    /// Of an attempt that is over, for the next.
    spare: Option<NodeContext>,
    /// For the superstep that runs: the one before it needs its own no more.
    step_timer: Option<(Step, BoxFuture<'static, ()>)>,
    /// Writes to the store, which are finished whatever happens.
    writes: Crowd<Write>,
    /// Whether anybody cares that a task has ended.
    heeds_progress: bool,
    inputs_left: u32,
}

impl<S: State> Drop for Driver<'_, S> {
    /// A graph inside is stopped with its attempt, but what it was about to store may be
    /// there any time: the next attempt waits for it.
    fn drop(&mut self) {
        if self.scope.namespace.is_root() {
            return;
        }
        let writes = self.writes.take();
        self.scope.run.leftover.add(&self.scope.namespace, writes);
    }
}

impl<'a, S: State> Driver<'a, S> {
    pub(super) fn new(
        plan: &'a Plan<S>,
        scope: Arc<Scope>,
        recorder: Recorder,
        output: Option<&'static [&'static str]>,
    ) -> Self {
        let run = &scope.run;
        let limits = run.control.is_some() || run.options.budget.is_any_metered();
        Self {
            plan,
            heeds_progress: scope.around.is_some() || limits && !scope.never_pauses,
            scope,
            recorder,
            output,
            starting: VecDeque::new(),
            tasks: Crowd::new(),
            spare: None,
            step_timer: None,
            writes: Crowd::new(),
            inputs_left: INPUTS_PER_TURN,
        }
    }

    /// # Errors
    /// If the store fails. How the graph itself fared is the engine's end.
    ///
    /// # Cancel safety
    /// Dropping it drops the running tasks. What the store acknowledged stays.
    #[expect(
        clippy::manual_async_fn,
        reason = "its future would hold the driver twice"
    )]
    pub(super) fn drive(
        mut self,
        engine: Box<Engine<S>>,
    ) -> impl Future<Output = Result<super::run::Ended<S>, RunError>> {
        async move {
            let ended = self.drive_on(engine).await;
            self.scope.store_known_effects().await;
            ended
        }
    }

    async fn drive_on(
        &mut self,
        mut engine: Box<Engine<S>>,
    ) -> Result<super::run::Ended<S>, RunError> {
        self.heed_store_now();
        self.heed_wishes(self.scope.never_pauses);
        loop {
            poll_fn(|cx| self.poll_in_place(&mut engine, cx)).await;
            while let Some(action) = engine.poll() {
                match action {
                    Action::RunTask(run) => self.starting.push_back(run),
                    Action::Save(save) => self.save(&save)?,
                    Action::Persist(transition) => self.persist(*transition)?,
                    Action::ArmTimer { slot, wait } => {
                        let timer = self.scope.run.clock.sleep(wait);
                        self.tasks.push(Work::Timer { slot, timer });
                    }
                    Action::ArmStepTimer { step, wait } => {
                        let timer = self.scope.run.clock.sleep(wait);
                        self.step_timer = Some((step, timer));
                    }
                    Action::StopTasks => {
                        self.starting.clear();
                        self.tasks.clear();
                        self.step_timer = None;
                    }
                    Action::Emit { step, emission } => self.emit(step, *emission).await?,
                    Action::Finish(end) => return Ok(super::run::Ended::new(end, *engine)),
                }
            }
            let input = poll_fn(|cx| self.poll_input(cx)).await?;
            match &input {
                Input::StoreNow => self.heed_store_now(),
                Input::Stop(_) => self.heed_wishes(true),
                Input::TaskFinished { .. } | Input::Persisted => self.heed_progress(&mut engine),
                _ => {}
            }
            engine.handle(input);
        }
    }

    /// Runs task after task while there is nothing else to do or to wait for: most tasks
    /// of runs without a store are done when they have begun, and this way nothing is
    /// passed around.
    fn poll_in_place(&mut self, engine: &mut Engine<S>, cx: &mut Context<'_>) -> Poll<()> {
        while self.tasks.is_empty() && self.starting.is_empty() && self.writes.is_empty() {
            ready!(self.poll_turn(cx));
            let Some(run) = engine.poll_task() else { break };
            let slot = run.slot;
            let mut attempt = Attempt::new(&self.scope, self.plan, run, self.spare.take());
            let Poll::Ready(result) = attempt.poll_node(cx) else {
                self.tasks.push_polled(Work::Attempt(attempt));
                break;
            };
            let (left, spare) = attempt.end();
            self.spare = Some(spare);
            self.heed_progress(engine);
            match left {
                None => engine.task_finished(slot, result, None),
                left => {
                    let (result, beside) = with_left(result, left);
                    engine.task_finished(slot, result, beside);
                }
            }
        }
        Poll::Ready(())
    }

    /// Not ready if others on the same executor are to have a turn first.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.inputs_left == 0 {
            self.inputs_left = INPUTS_PER_TURN;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.inputs_left -= 1;
        Poll::Ready(())
    }

    fn poll_input(&mut self, cx: &mut Context<'_>) -> Poll<Result<Input<S>, RunError>> {
        ready!(self.poll_turn(cx));
        let written = self.writes.poll_next(cx);
        if let Poll::Ready(Some(written)) = written {
            return Poll::Ready(self.stored(written));
        }
        match (written, self.poll_tasks(cx)) {
            (_, Poll::Ready(Some(input))) => Poll::Ready(Ok(input)),
            (Poll::Ready(None), Poll::Ready(None)) => {
                unreachable!("an engine that has not finished waits for something it asked for")
            }
            _ => self.poll_step_timer(cx).map(Ok),
        }
    }

    /// What the next task or timer came to; `None` if there are none.
    fn poll_tasks(&mut self, cx: &mut Context<'_>) -> Poll<Option<Input<S>>> {
        let (scope, plan, spare) = (&self.scope, self.plan, &mut self.spare);
        let starting = &mut self.starting;
        // Most tasks are done when they have begun: the next one can have their context.
        let start = || {
            let run = starting.pop_front()?;
            Some(Work::Attempt(Attempt::new(scope, plan, run, spare.take())))
        };
        let done = ready!(self.tasks.poll_next_or(cx, start));
        Poll::Ready(done.map(|(input, spare)| {
            self.spare = spare;
            input
        }))
    }

    fn poll_step_timer(&mut self, cx: &mut Context<'_>) -> Poll<Input<S>> {
        let Some((step, timer)) = &mut self.step_timer else {
            return Poll::Pending;
        };
        ready!(timer.poll_unpin(cx));
        let step = *step;
        self.step_timer = None;
        Poll::Ready(Input::StepTimedOut { step })
    }

    /// A run that stores only at its end can be asked to store before.
    fn heed_store_now(&mut self) {
        if self.scope.store.is_some() && self.scope.run.options.durability == Durability::Exit {
            let scope = Arc::clone(&self.scope);
            let asked = Box::pin(async move {
                scope.stored.asked().await;
                Input::StoreNow
            });
            self.tasks.push(Work::Other(asked));
        }
    }

    /// A run can be asked to stop; one that was asked to drain, or cannot, can still be
    /// cancelled.
    fn heed_wishes(&mut self, drains: bool) {
        if let Some(control) = self.scope.run.control.clone() {
            let asked = Box::pin(async move {
                match control.wish(drains).await {
                    Wish::Drain(reason) => Input::Stop(PauseReason::Drained(reason)),
                    Wish::Cancel(reason) => Input::Cancel(reason),
                }
            });
            self.tasks.push(Work::Other(asked));
        }
    }

    fn heed_progress(&self, engine: &mut Engine<S>) {
        if !self.heeds_progress {
            return;
        }
        if let Some(around) = &self.scope.around {
            around.stirs();
        }
        self.heed_limits(engine);
    }

    /// What a task has asked for or used up counts before the next superstep begins.
    fn heed_limits(&self, engine: &mut Engine<S>) {
        let run = &self.scope.run;
        if self.scope.never_pauses {
            return;
        }
        if let Some(reason) = run.control.as_ref().and_then(RunControl::drains) {
            engine.handle(Input::Stop(PauseReason::Drained(reason)));
        }
        if let Some(limit) = run.meter.reached(&run.options.budget, || run.clock.now()) {
            engine.handle(Input::Stop(PauseReason::BudgetSpent(limit)));
        }
    }

    fn save(&mut self, save: &Save<S>) -> Result<(), RunError> {
        let (scope, records) = (&self.scope, records(save)?);
        let to = scope.store.as_ref().map(|store| {
            let wake = scope.wake(save.wake);
            let request = store.records_request(scope, save.base, records, wake);
            (Arc::clone(&store.checkpointer), request)
        });
        self.writes.push(Write::records(save.slot, to));
        Ok(())
    }

    fn persist(&mut self, transition: Transition<S>) -> Result<(), RunError> {
        let scope = Arc::clone(&self.scope);
        let Some(store) = &scope.store else {
            unreachable!("an engine that was told of no store asks for none")
        };
        let request = self
            .recorder
            .commit_request(self.plan, &scope, &store.fence, transition)?;
        let checkpointer = Arc::clone(&store.checkpointer);
        self.writes.push(Write::checkpoint(checkpointer, request));
        Ok(())
    }

    /// Takes in how a write ended.
    fn stored(&self, written: Result<Written, CheckpointError>) -> Result<Input<S>, RunError> {
        match written.map_err(|source| self.scope.store_error(source))? {
            Written::Records { slot } => Ok(Input::Saved { slot }),
            Written::Checkpoint(id) => {
                self.scope.stored.reached(id);
                Ok(Input::Persisted)
            }
        }
    }

    async fn emit(&mut self, step: Step, emission: Emission<S>) -> Result<(), RunError> {
        if let Some(watch) = self.scope.watch() {
            let kind = stream_kind(emission, self.output)?;
            watch.send(&self.scope.namespace, step, kind).await;
        }
        Ok(())
    }
}
