//! What the engine is told, and what it asks for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::checkpoint::{CheckpointSource, EventId, RanTask, WrittenBy};
use crate::clock::Timestamp;
use crate::command::{Command, Goto, ParentCommand, Payload};
use crate::error::{NodeFailure, NodeResult, RunError};
use crate::graph::TaskInput;
use crate::id::{CheckpointId, InterruptId, Namespace, NodeId, Step, TaskId};
use crate::interrupt::{Interrupt, PauseReason};
use crate::state::{FieldSet, State, Update};

/// What happened.
#[derive(Debug)]
pub(crate) enum Input<S: State> {
    TaskFinished {
        slot: usize,
        result: NodeResult<Command<S>>,
        beside: Option<Box<Beside>>,
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
    /// A superstep has had its time.
    StepTimedOut {
        step: Step,
    },
    /// A task waits until the checkpoint it builds on is stored.
    StoreNow,
    /// Pause before the next superstep.
    Stop(PauseReason),
    /// End at once.
    Cancel(String),
}

/// What a task leaves beside its command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    /// Events that it was given.
    pub(crate) taken: Vec<EventId>,
    /// Where graphs inside that live as long as the thread stand now.
    pub(crate) inner: Vec<(Namespace, CheckpointId)>,
    /// Its command comes from a cache.
    pub(crate) cached: bool,
}

/// Where a run begins.
#[derive(Debug)]
pub(crate) struct Start<S: State> {
    /// The checkpoint to go on from, if the thread has one.
    pub(crate) head: Option<(CheckpointId, Step)>,
    /// The newest checkpoint of the thread: another one than `head` for a fork.
    pub(crate) newest: Option<CheckpointId>,
    pub(crate) state: Arc<S>,
    /// Fields that are not stored as `state` has them.
    pub(crate) changed: FieldSet,
    /// Where graphs inside that live as long as the thread stood.
    pub(crate) inner: BTreeMap<Namespace, CheckpointId>,
    /// What was written before, if that is collected.
    pub(crate) collected: S::Update,
    pub(crate) from: StartFrom<S>,
}

#[derive(Debug)]
pub(crate) enum StartFrom<S: State> {
    /// A new input, from START.
    Input(S::Update),
    /// An input that was stored, but whose START did not run.
    StoredInput(S::Update),
    /// The superstep after the head, of which some tasks had finished.
    Superstep(Resumption<S>),
    /// Somebody writes to the state from outside; nothing runs.
    Edit(Edit<S>),
}

/// An unfinished superstep.
#[derive(Debug)]
pub(crate) struct Resumption<S: State> {
    pub(crate) next: Vec<Scheduled>,
    pub(crate) deferred: Vec<usize>,
    pub(crate) seen: Vec<Vec<bool>>,
    pub(crate) finished: Vec<Finished<S>>,
    /// Tasks whose failure was being handled.
    pub(crate) failed: Vec<(TaskId, NodeFailure)>,
    /// Where somebody wants to go from outside, besides what is scheduled.
    pub(crate) goto: Vec<Goto>,
    /// The nodes of the superstep that led here.
    pub(crate) ran: Vec<usize>,
    /// The thread paused here at a breakpoint already, so that it is passed now.
    pub(crate) passes_break: bool,
}

/// A task that had finished.
#[derive(Clone, Debug)]
pub(crate) struct Finished<S: State> {
    pub(crate) task: TaskId,
    pub(crate) command: Command<S>,
    /// By its error handler.
    pub(crate) handled: bool,
    pub(crate) beside: Option<Box<Beside>>,
}

impl<S: State> Finished<S> {
    pub(crate) fn written_by(&self) -> WrittenBy {
        let is_cached = self.beside.as_ref().is_some_and(|beside| beside.cached);
        WrittenBy::of_reply(self.handled, is_cached)
    }
}

/// One checkpoint made from outside.
#[derive(Debug)]
pub(crate) struct Edit<S: State> {
    pub(crate) source: CheckpointSource,
    pub(crate) resumption: Resumption<S>,
    pub(crate) what: EditKind<S>,
}

#[derive(Debug)]
pub(crate) enum EditKind<S: State> {
    /// As if these nodes had just run, instead of what was scheduled.
    Nodes(Vec<(usize, S::Update)>),
    /// As if START had just run.
    Start(S::Update),
    /// As an input that START has not seen.
    Input(S::Update),
    /// As if nothing was left to do.
    End(S::Update),
    /// The same checkpoint again on top of itself, with the input that waits in it.
    Copy(Option<S::Update>),
    /// The same checkpoint again beside itself, on its parent.
    Beside {
        parent: Option<CheckpointId>,
        ran: Vec<RanTask>,
        input: Option<S::Update>,
    },
}

/// A task of the next superstep. Sorted: nodes by name, then sends in their order.
#[derive(Clone, Debug)]
pub(crate) struct Scheduled {
    pub(crate) node: usize,
    pub(crate) payload: Option<Payload>,
    /// What few tasks have.
    pub(crate) extra: Option<Box<ScheduledExtra>>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ScheduledExtra {
    /// A limit of its own, instead of its node's.
    pub(crate) timeout: Option<Duration>,
    /// The name that its node had when it was scheduled: its task keeps it.
    pub(crate) called: Option<NodeId>,
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
        wait: Duration,
    },
    /// Say `StepTimedOut` after the wait.
    ArmStepTimer {
        step: Step,
        wait: Duration,
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
    /// What few runs have.
    pub(crate) extra: Option<Box<RunExtra<S>>>,
}

#[derive(Debug)]
pub(crate) struct RunExtra<S> {
    /// A limit of its own, instead of its node's.
    pub(crate) timeout: Option<Duration>,
    /// The node has failed: run its error handler on this state.
    pub(crate) failure: Option<(NodeFailure, Arc<S>)>,
}

/// What a task leaves on the checkpoint its superstep builds on.
#[derive(Clone, Debug)]
pub(crate) struct Save<S: State> {
    pub(crate) slot: usize,
    pub(crate) task: TaskId,
    pub(crate) base: CheckpointId,
    pub(crate) what: Saved<S>,
    /// What is to wake the thread, if this pauses it.
    pub(crate) wake: Option<WakeOn>,
}

/// What wakes a thread that has paused.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WakeOn {
    pub(crate) time: Option<Timestamp>,
    /// An event that some task waits for.
    pub(crate) events: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Saved<S: State> {
    Writes {
        command: Command<S>,
        handled: bool,
        beside: Option<Box<Beside>>,
    },
    Interrupts(Vec<Interrupt>),
    /// Why the task failed, and a question whose answer it could not take.
    Error {
        failure: NodeFailure,
        taken_back: Option<InterruptId>,
    },
    /// The task failed, and its error handler runs next.
    Handling(NodeFailure),
    /// The thread pauses here without a question, and passes it when it goes on.
    Break(Interrupt),
}

/// One checkpoint to store.
#[derive(Clone, Debug)]
pub(crate) struct Transition<S: State> {
    pub(crate) id: CheckpointId,
    pub(crate) parent: Option<CheckpointId>,
    /// The head that it replaces: another one than `parent` for a fork.
    pub(crate) expected_head: Option<CheckpointId>,
    pub(crate) step: Step,
    pub(crate) source: CheckpointSource,
    pub(crate) state: Arc<S>,
    pub(crate) changed: FieldSet,
    /// Those of them that grow, if any does.
    pub(crate) growth: Option<Box<Growth<S>>>,
    pub(crate) next: Vec<Scheduled>,
    pub(crate) deferred: Vec<usize>,
    /// The input that waits for START, instead of `next`.
    pub(crate) input: Option<S::Update>,
    pub(crate) seen: Vec<Vec<bool>>,
    /// The tasks whose writes went in since the parent.
    pub(crate) ran: Vec<RanTask>,
    /// What few transitions have.
    pub(crate) extra: Option<Box<TransitionExtra<S>>>,
}

/// What fields that grow have grown by since the transition before.
#[derive(Clone, Debug)]
pub(crate) struct Growth<S: State> {
    pub(crate) written: S::Update,
    /// Fields that changed otherwise than by what was written.
    pub(crate) replaced: FieldSet,
}

impl<S: State> Default for Growth<S> {
    fn default() -> Self {
        Self {
            written: S::Update::default(),
            replaced: FieldSet::default(),
        }
    }
}

impl<S: State> Growth<S> {
    pub(super) fn add(&mut self, later: Self) {
        self.written.append(later.written);
        self.replaced.add_all(&later.replaced);
    }
}

#[derive(Clone, Debug)]
pub(crate) struct TransitionExtra<S: State> {
    /// What the superstep's tasks replied and the store does not have.
    pub(crate) replies: Vec<Save<S>>,
    pub(crate) taken: Vec<EventId>,
    /// Where graphs inside that live as long as the thread stand.
    pub(crate) inner: BTreeMap<Namespace, CheckpointId>,
    /// All that was written so far, if that is collected.
    pub(crate) written: Option<S::Update>,
}

impl<S: State> Default for TransitionExtra<S> {
    fn default() -> Self {
        Self {
            replies: Vec::new(),
            taken: Vec::new(),
            inner: BTreeMap::new(),
            written: None,
        }
    }
}

/// What a watcher may learn, before it is encoded.
#[derive(Debug)]
pub(crate) enum Emission<S: State> {
    Started {
        task: TaskId,
        attempt: u32,
        input: TaskInput<S>,
    },
    Retries {
        task: TaskId,
        attempt: u32,
        error: String,
    },
    Ended {
        task: TaskId,
        how: TaskEnd<S>,
    },
    Updated {
        node: NodeId,
        update: S::Update,
        cached: bool,
    },
    Interrupted(Interrupt),
    Values(Arc<S>),
    Checkpointed(Box<Shown<S>>),
}

/// How a task ended, for watchers.
#[derive(Debug)]
pub(crate) enum TaskEnd<S: State> {
    Wrote(S::Update),
    Failed(String),
    Asks(Vec<Interrupt>),
}

/// A stored checkpoint, for watchers.
#[derive(Debug)]
pub(crate) struct Shown<S> {
    pub(crate) id: CheckpointId,
    pub(crate) parent: Option<CheckpointId>,
    pub(crate) source: CheckpointSource,
    pub(crate) state: Arc<S>,
    pub(crate) next: Vec<TaskId>,
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
    /// The graph around this one is told what to do.
    ToParent(ParentCommand),
}

impl<S> End<S> {
    pub(crate) fn gave_up(error: RunError) -> Self {
        Self::Failed {
            error,
            may_help: false,
        }
    }
}
