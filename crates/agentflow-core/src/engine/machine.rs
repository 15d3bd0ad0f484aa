//! The machine itself: what it remembers, what it is told, what it is asked. Each
//! transition has a file of its own beside this one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::action::{Action, Input};
use super::close::Closing;
use super::dataflow::Web;
use super::persist::Persistence;
use super::route::Routing;
use super::stop::Stop;
use super::superstep::Superstep;
use crate::graph::Plan;
use crate::id::{CheckpointId, Namespace, Step, ThreadId};
use crate::policy::{Durability, Scheduling};
use crate::state::{Lifetime, State, Surveyed};
use crate::stream::StreamModes;

/// What a run may use, and what is wanted of it.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) thread: ThreadId,
    /// The graph in the thread's tree of graphs.
    pub(crate) namespace: Namespace,
    /// `None` without a checkpointer.
    pub(crate) durability: Option<Durability>,
    pub(crate) step_limit: u64,
    /// After so many supersteps the run pauses.
    pub(crate) step_budget: Option<u64>,
    pub(crate) max_concurrency: usize,
    pub(crate) tasks_max: usize,
    pub(crate) step_timeout: Option<Duration>,
    /// Whether each superstep's replies are stored with it.
    pub(crate) journal: bool,
    /// Whether all that is written is kept for the graph around.
    pub(crate) collects: bool,
    pub(crate) scheduling: Scheduling,
    pub(crate) breakpoints: Breakpoints,
    /// The fields that watchers of values see, if not all.
    pub(crate) output: Option<&'static [&'static str]>,
    pub(crate) watched: StreamModes,
}

/// Where a run pauses without being asked to, by the nodes' places in the plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breakpoints {
    pub(crate) before: Vec<usize>,
    pub(crate) after: Vec<usize>,
}

impl Breakpoints {
    pub(crate) fn is_none(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

/// One run of one graph.
#[derive(Debug)]
pub(crate) struct Engine<S: State> {
    pub(super) plan: Arc<Plan<S>>,
    pub(super) settings: Settings,
    /// Whether nobody asks what happens within a superstep.
    pub(super) is_plain: bool,
    pub(super) state: Arc<S>,
    /// The checkpoint that the running superstep builds on.
    pub(super) head: Option<CheckpointId>,
    /// The thread's newest checkpoint. Only a fork begins with another one as its head.
    pub(super) newest: Option<CheckpointId>,
    pub(super) step: Step,
    pub(super) supersteps: u64,
    pub(super) routing: Routing,
    pub(super) phase: Phase<S>,
    pub(super) surveyed: Surveyed,
    /// Whether the last superstep wrote to what watchers of values see.
    pub(super) wrote: bool,
    /// Kept for its memory from superstep to superstep.
    pub(super) spare: Superstep<S>,
    /// What is known of tasks that do not wait for each other.
    pub(super) web: Web<S>,
    /// Fields that live for one superstep.
    pub(super) ephemeral: Vec<Ephemeral>,
    /// Where graphs inside that live as long as the thread stand.
    pub(super) inner: BTreeMap<Namespace, CheckpointId>,
    /// All that was written, in order, if the graph around wants it.
    pub(super) collected: S::Update,
    pub(super) stop: Stop,
    pub(super) persistence: Persistence<S>,
    pub(super) actions: VecDeque<Action<S>>,
}

/// A field that lives for one superstep.
#[derive(Debug)]
pub(super) struct Ephemeral {
    pub(super) field: usize,
    /// Whether it may hold something.
    pub(super) is_set: bool,
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
    /// The only task of a superstep runs, and nobody asks about it.
    Alone {
        node: usize,
        /// It has been handed out.
        begun: bool,
    },
    /// The superstep is being stored; then the next begins.
    Persisting,
    /// The run is over; what it owes the store is being written.
    Closing(Closing<S>),
    Finished,
}

impl<S: State> Engine<S> {
    pub(crate) fn new(plan: Arc<Plan<S>>, settings: Settings) -> Self {
        let routing = Routing::new(&plan);
        let lifetimes = S::FIELDS.iter().enumerate();
        let ephemeral = lifetimes
            .filter(|(_, spec)| spec.lifetime == Lifetime::Ephemeral)
            .map(|(field, _)| Ephemeral {
                field,
                is_set: false,
            });
        Self {
            plan,
            is_plain: settings.is_plain(),
            settings,
            state: Arc::new(S::default()),
            head: None,
            newest: None,
            step: Step::INPUT,
            supersteps: 0,
            routing,
            phase: Phase::Idle,
            surveyed: Surveyed::default(),
            wrote: false,
            spare: Superstep::default(),
            web: Web::default(),
            ephemeral: ephemeral.collect(),
            inner: BTreeMap::new(),
            collected: S::Update::default(),
            stop: Stop::default(),
            persistence: Persistence::default(),
            actions: VecDeque::new(),
        }
    }

    /// Tells the machine what happened. Poll afterwards.
    pub(crate) fn handle(&mut self, input: Input<S>) {
        match input {
            Input::TaskFinished {
                slot,
                result,
                beside,
            } => self.task_finished(slot, result, beside),
            Input::Saved { slot } => self.saved(slot),
            Input::Persisted => self.persisted(),
            Input::TimerFired { slot } => self.run_again(slot),
            Input::StepTimedOut { step } => self.step_timed_out(step),
            Input::StoreNow => self.store_next(),
            Input::Stop(reason) => self.stop_at_boundary(reason),
            Input::Cancel(reason) => self.cancel(reason),
        }
    }

    /// The next thing to do, until the next input.
    pub(crate) fn poll(&mut self) -> Option<Action<S>> {
        match self.poll_task() {
            Some(run) => Some(Action::RunTask(run)),
            None => self.actions.pop_front(),
        }
    }

    /// Where the thread stands, and what the graph's nodes wrote, when it has ended.
    pub(crate) fn into_collected(self) -> (Option<CheckpointId>, S::Update) {
        (self.head, self.collected)
    }

    pub(super) fn act(&mut self, action: Action<S>) {
        self.actions.push_back(action);
    }

    /// The checkpoint that the running superstep builds on.
    pub(super) fn base(&self) -> CheckpointId {
        self.head.unwrap_or(CheckpointId(0))
    }
}
