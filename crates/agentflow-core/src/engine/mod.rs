//! The pure machine that runs a plan in supersteps.
//!
//! It is told what happened ([`Input`]) and asked what to do ([`Action`]). It
//! never reads a clock, draws a random number, encodes, or waits; whoever drives
//! it does. Poll it until it says `None` after each input. Every action is
//! emitted at most once, and nothing comes after [`Action::Finish`].

mod action;
mod apply;
mod close;
mod failure;
mod persist;
mod prepare;
mod route;
mod settle;
mod slot;
mod start;
mod superstep;
#[cfg(test)]
mod tests;

pub(crate) use action::{
    Action, Emission, End, Input, RunTask, Save, Saved, Scheduled, Start, StartFrom, Transition,
};

use std::collections::VecDeque;
use std::sync::Arc;

use crate::graph::Plan;
use crate::id::{CheckpointId, Step, ThreadId};
use crate::policy::Durability;
use crate::state::{State, Surveyed};
use crate::stream::StreamModes;
use close::Closing;
use route::Routing;
use superstep::Superstep;

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
    plan: Arc<Plan<S>>,
    settings: Settings,
    state: Arc<S>,
    /// The newest checkpoint's number; tasks of a superstep build on it.
    head: Option<CheckpointId>,
    step: Step,
    supersteps: u64,
    routing: Routing,
    phase: Phase<S>,
    surveyed: Surveyed,
    /// Kept for its memory from superstep to superstep.
    spare: Superstep<S>,
    persistence: persist::Persistence<S>,
    actions: VecDeque<Action<S>>,
}

#[derive(Debug)]
enum Phase<S: State> {
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
            persistence: persist::Persistence::default(),
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

    fn act(&mut self, action: Action<S>) {
        self.actions.push_back(action);
    }

    /// The checkpoint that the running superstep builds on.
    fn base(&self) -> CheckpointId {
        self.head.unwrap_or(CheckpointId(0))
    }
}
