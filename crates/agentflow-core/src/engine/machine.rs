//! The machine itself: what it remembers, what it is told, what it is asked. Each
//! transition has a file of its own beside this one.

use std::collections::VecDeque;
use std::sync::Arc;

use super::action::{Action, Input};
use super::close::Closing;
use super::persist::Persistence;
use super::route::Routing;
use super::superstep::Superstep;
use crate::graph::Plan;
use crate::id::{CheckpointId, Step, ThreadId};
use crate::policy::Durability;
use crate::state::{State, Surveyed};
use crate::stream::StreamModes;

/// What a run may use, and what is wanted of it.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) thread: ThreadId,
    /// `None` without a checkpointer.
    pub(crate) durability: Option<Durability>,
    pub(crate) step_limit: u64,
    pub(crate) max_concurrency: usize,
    pub(crate) watched: StreamModes,
}

/// One run of one graph.
#[derive(Debug)]
pub(crate) struct Engine<S: State> {
    pub(super) plan: Arc<Plan<S>>,
    pub(super) settings: Settings,
    pub(super) state: Arc<S>,
    /// The newest checkpoint's number; tasks of a superstep build on it.
    pub(super) head: Option<CheckpointId>,
    pub(super) step: Step,
    pub(super) supersteps: u64,
    pub(super) routing: Routing,
    pub(super) phase: Phase<S>,
    pub(super) surveyed: Surveyed,
    /// Kept for its memory from superstep to superstep.
    pub(super) spare: Superstep<S>,
    pub(super) persistence: Persistence<S>,
    pub(super) actions: VecDeque<Action<S>>,
}

#[derive(Debug)]
pub(super) enum Phase<S: State> {
    /// Nothing has been told yet.
    Idle,
    /// An input is being stored; then START runs with it.
    TakingInput {
        input: S::Update,
    },
    /// Tasks of one superstep run.
    Running(Superstep<S>),
    /// The superstep is being stored; then the next begins.
    Persisting,
    /// The run is over; what it owes the store is being written.
    Closing(Closing<S>),
    Finished,
}

impl<S: State> Engine<S> {
    pub(crate) fn new(plan: Arc<Plan<S>>, settings: Settings) -> Self {
        let routing = Routing::new(&plan);
        Self {
            plan,
            settings,
            state: Arc::new(S::default()),
            head: None,
            step: Step::INPUT,
            supersteps: 0,
            routing,
            phase: Phase::Idle,
            surveyed: Surveyed::of(S::FIELDS.len()),
            spare: Superstep::default(),
            persistence: Persistence::default(),
            actions: VecDeque::new(),
        }
    }

    /// Tells the machine what happened. Poll afterwards.
    pub(crate) fn handle(&mut self, input: Input<S>) {
        match input {
            Input::Start(start) => self.start(*start),
            Input::TaskFinished { slot, result } => self.task_finished(slot, result),
            Input::Saved { slot } => self.saved(slot),
            Input::Persisted => self.persisted(),
            Input::TimerFired { slot } => self.run_again(slot),
            Input::StoreNow => self.store_next(),
        }
    }

    /// The next thing to do, until the next input.
    pub(crate) fn poll(&mut self) -> Option<Action<S>> {
        self.actions.pop_front()
    }

    pub(super) fn act(&mut self, action: Action<S>) {
        self.actions.push_back(action);
    }

    /// The checkpoint that the running superstep builds on.
    pub(super) fn base(&self) -> CheckpointId {
        self.head.unwrap_or(CheckpointId(0))
    }
}
