//! What the engine is told, and what it asks for.

use std::sync::Arc;

use crate::checkpoint::CheckpointSource;
use crate::command::{Command, Payload};
use crate::error::{NodeResult, RunError};
use crate::graph::TaskInput;
use crate::id::{CheckpointId, InterruptId, NodeId, Step, TaskId};
use crate::interrupt::Interrupt;
use crate::state::{FieldSet, State};

/// What happened.
#[derive(Debug)]
pub(crate) enum Input<S: State> {
    Start(Box<Start<S>>),
    TaskFinished {
        slot: usize,
        result: NodeResult<Command<S>>,
    },
    /// The store acknowledged a save.
    Saved {
        slot: usize,
    },
    /// The store acknowledged the oldest transition that was not acknowledged yet.
    Persisted,
    TimerFired {
        slot: usize,
    },
    /// A task waits until the checkpoint it builds on is stored.
    StoreNow,
}

/// Where a run begins.
#[derive(Debug)]
pub(crate) struct Start<S: State> {
    /// The newest checkpoint, if the thread has one.
    pub(crate) head: Option<(CheckpointId, Step)>,
    pub(crate) state: Arc<S>,
    pub(crate) from: StartFrom<S>,
}

#[derive(Debug)]
pub(crate) enum StartFrom<S: State> {
    /// A new input, from START.
    Input(S::Update),
    /// An input that was stored, but whose START did not run.
    StoredInput(S::Update),
    /// The superstep after the head, of which some tasks had finished.
    Superstep {
        next: Vec<Scheduled>,
        seen: Vec<Vec<bool>>,
        finished: Vec<(TaskId, Command<S>)>,
    },
}

/// A task of the next superstep. Sorted: nodes by name, then sends in their order.
#[derive(Clone)]
pub(crate) struct Scheduled {
    pub(crate) node: usize,
    pub(crate) payload: Option<Payload>,
}

impl std::fmt::Debug for Scheduled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}{}",
            self.node,
            if self.payload.is_some() {
                " with a payload"
            } else {
                ""
            }
        )
    }
}

/// What to do.
#[derive(Debug)]
pub(crate) enum Action<S: State> {
    RunTask(RunTask<S>),
    Save(Box<Save<S>>),
    Persist(Box<Transition<S>>),
    /// Say `TimerFired` after the wait.
    ArmTimer {
        slot: usize,
        wait: std::time::Duration,
    },
    /// Drop all tasks that run, and timers.
    StopTasks,
    Emit {
        step: Step,
        emission: Box<Emission<S>>,
    },
    Finish(End<S>),
}

#[derive(Debug)]
pub(crate) struct RunTask<S> {
    pub(crate) slot: usize,
    pub(crate) task: TaskId,
    pub(crate) node: usize,
    pub(crate) input: TaskInput<S>,
    pub(crate) attempt: u32,
    pub(crate) base: CheckpointId,
}

/// What a task leaves on the checkpoint its superstep builds on.
#[derive(Debug)]
pub(crate) struct Save<S: State> {
    pub(crate) slot: usize,
    pub(crate) task: TaskId,
    pub(crate) base: CheckpointId,
    pub(crate) what: Saved<S>,
}

#[derive(Debug)]
pub(crate) enum Saved<S: State> {
    Writes(Command<S>),
    Interrupts(Vec<Interrupt>),
    /// Why the task failed, and a question whose answer it could not take.
    Error {
        message: String,
        taken_back: Option<InterruptId>,
    },
}

/// One checkpoint to store.
#[derive(Clone, Debug)]
pub(crate) struct Transition<S: State> {
    pub(crate) id: CheckpointId,
    pub(crate) parent: Option<CheckpointId>,
    pub(crate) step: Step,
    pub(crate) source: CheckpointSource,
    pub(crate) state: Arc<S>,
    pub(crate) changed: FieldSet,
    pub(crate) next: Vec<Scheduled>,
    /// The input that waits for START, instead of `next`.
    pub(crate) input: Option<S::Update>,
    pub(crate) seen: Vec<Vec<bool>>,
}

/// What a watcher may learn, before it is encoded.
#[derive(Debug)]
pub(crate) enum Emission<S: State> {
    Started {
        node: NodeId,
        attempt: u32,
    },
    Retries {
        node: NodeId,
        attempt: u32,
        error: String,
    },
    Updated {
        node: NodeId,
        update: S::Update,
    },
    Interrupted(Interrupt),
    Values(Arc<S>),
    Checkpointed(CheckpointId),
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum End<S> {
    Done(Arc<S>),
    Interrupted {
        state: Arc<S>,
        interrupts: Vec<Interrupt>,
    },
    /// `may_help` says whether going on can end better without a change.
    Failed {
        error: RunError,
        may_help: bool,
    },
}

impl<S> End<S> {
    pub(crate) fn gave_up(error: RunError) -> Self {
        Self::Failed {
            error,
            may_help: false,
        }
    }
}
