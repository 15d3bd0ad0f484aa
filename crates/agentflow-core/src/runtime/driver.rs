//! The one loop: asks the engine what to do, does it, tells it what happened.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;

use super::crowd::Crowd;
use super::shell::{Recorder, Scope, records, stream_kind};
use super::task::{Attempt, Work};
use crate::engine::{Action, Emission, End, Engine, Input, Save, Transition};
use crate::error::RunError;
use crate::graph::Plan;
use crate::id::Step;
use crate::policy::Durability;
use crate::state::State;

/// Inputs in a row without giving others on the same executor a turn: enough to
/// cost nothing, few enough that a lease is renewed and a run can be dropped.
const INPUTS_PER_TURN: u32 = 256;

/// Runs an engine to its end.
pub(super) struct Driver<S: State> {
    plan: Arc<Plan<S>>,
    scope: Arc<Scope>,
    recorder: Recorder,
    /// Tasks and timers, which stop when a run fails.
    tasks: Crowd<Work<S>>,
    /// Writes to the store, which are finished whatever happens.
    writes: Crowd<BoxFuture<'static, Result<Input<S>, RunError>>>,
    inputs_left: u32,
}

impl<S: State> Driver<S> {
    pub(super) fn new(plan: Arc<Plan<S>>, scope: Arc<Scope>, recorder: Recorder) -> Self {
        let (tasks, writes) = (Crowd::new(), Crowd::new());
        Self {
            plan,
            scope,
            recorder,
            tasks,
            writes,
            inputs_left: INPUTS_PER_TURN,
        }
    }

    /// # Errors
    /// If the store fails. How the graph itself fared is the [`End`].
    ///
    /// # Cancel safety
    /// Dropping it drops the running tasks. What the store acknowledged stays.
    pub(super) async fn drive(mut self, engine: Engine<S>) -> Result<End<S>, RunError> {
        let ended = self.drive_on(engine).await;
        self.scope.store_known_effects().await;
        ended
    }

    async fn drive_on(&mut self, mut engine: Engine<S>) -> Result<End<S>, RunError> {
        self.heed_store_now();
        loop {
            while let Some(action) = engine.poll() {
                match action {
                    Action::RunTask(run) => {
                        let attempt = Attempt::new(&self.scope, &self.plan, run);
                        self.tasks.push(Work::Attempt(attempt));
                    }
                    Action::Save(save) => self.save(&save)?,
                    Action::Persist(transition) => self.persist(&transition)?,
                    Action::ArmTimer { slot, wait } => {
                        let timer = self.scope.clock.sleep(wait);
                        self.tasks.push(Work::Timer { slot, timer });
                    }
                    Action::StopTasks => self.tasks.clear(),
                    Action::Emit { step, emission } => self.emit(step, *emission).await?,
                    Action::Finish(end) => return Ok(end),
                }
            }
            let input = poll_fn(|cx| self.poll_input(cx)).await?;
            if matches!(input, Input::StoreNow) {
                self.heed_store_now();
            }
            engine.handle(input);
        }
    }

    fn poll_input(&mut self, cx: &mut Context<'_>) -> Poll<Result<Input<S>, RunError>> {
        if self.inputs_left == 0 {
            self.inputs_left = INPUTS_PER_TURN;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.inputs_left -= 1;
        let written = self.writes.poll_next(cx);
        if let Poll::Ready(Some(input)) = written {
            return Poll::Ready(input);
        }
        match (written, self.tasks.poll_next(cx)) {
            (_, Poll::Ready(Some(input))) => Poll::Ready(Ok(input)),
            (Poll::Ready(None), Poll::Ready(None)) => {
                unreachable!("an engine that has not finished waits for something it asked for")
            }
            _ => Poll::Pending,
        }
    }

    /// A run that stores only at its end can be asked to store before.
    fn heed_store_now(&mut self) {
        if self.scope.store.is_some() && self.scope.options.durability == Durability::Exit {
            let scope = Arc::clone(&self.scope);
            let asked = Box::pin(async move { scope.stored.asked().await });
            self.tasks.push(Work::StoreNow(asked));
        }
    }

    fn save(&mut self, save: &Save<S>) -> Result<(), RunError> {
        let (scope, slot, base) = (Arc::clone(&self.scope), save.slot, save.base);
        let records = records(save)?;
        self.writes.push(Box::pin(async move {
            if let Some(store) = &scope.store {
                let saved = store.save(&scope, base, records).await;
                saved.map_err(|source| scope.store_error(source))?;
            }
            Ok(Input::Saved { slot })
        }));
        Ok(())
    }

    fn persist(&mut self, transition: &Transition<S>) -> Result<(), RunError> {
        let scope = Arc::clone(&self.scope);
        let Some(store) = &scope.store else {
            unreachable!("an engine that was told of no store asks for none")
        };
        let request = self
            .recorder
            .commit_request(&self.plan, &scope, &store.fence, transition)?;
        let (store, id) = (Arc::clone(&store.checkpointer), transition.id);
        self.writes.push(Box::pin(async move {
            let committed = store.commit(request).await;
            committed.map_err(|source| scope.store_error(source))?;
            scope.stored.reached(id);
            Ok(Input::Persisted)
        }));
        Ok(())
    }

    async fn emit(&mut self, step: Step, emission: Emission<S>) -> Result<(), RunError> {
        if let Some(watch) = &self.scope.watch {
            watch
                .send(&self.scope.namespace, step, stream_kind(emission)?)
                .await;
        }
        Ok(())
    }
}
