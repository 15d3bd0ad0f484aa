//! What the tasks of a run share: one [`Run`] for all graphs of it, one [`Scope`] for
//! each graph.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::context::NodeContext;
use super::control::RunControl;
use super::memo::Memo;
use super::meter::Meter;
use super::stored::Stored;
use super::watch::Watch;
use super::writes::Leftover;
use crate::checkpoint::{
    CheckpointError, CheckpointKey, Checkpointer, EventId, Fence, Record, RecordKind,
    RecordsRequest, Wake,
};
use crate::clock::Clock;
use crate::engine::WakeOn;
use crate::error::RunError;
use crate::id::{CheckpointId, InterruptId, Namespace, NodeId, Origin, Step, ThreadId};
use crate::policy::{Durability, RunOptions};

/// What all tasks of one run share, in whatever graph they run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) thread: ThreadId,
    /// Which life of the thread this is.
    pub(super) origin: Origin,
    /// The epoch of its lease; 0 without a store.
    pub(super) number: u64,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: RunOptions,
    pub(super) context: Option<RunContext>,
    pub(super) cache: Option<Arc<dyn crate::cache::Cache>>,
    /// Long-term memory.
    pub(super) memory: Option<Arc<dyn crate::store::Store>>,
    pub(super) metadata: Arc<BTreeMap<String, Value>>,
    pub(super) control: Option<RunControl>,
    pub(super) meter: Meter,
    pub(super) memo: Arc<Memo>,
    /// Events that tasks of this run were given, so that none is given twice.
    pub(super) given: Mutex<BTreeMap<EventId, GivenTo>>,
    /// The newest event that every wait has looked at.
    pub(super) seen: Mutex<Option<EventId>>,
    pub(super) watch: Option<Watch>,
    /// What graphs inside had not stored when they were stopped.
    pub(super) leftover: Leftover,
}

/// Who has an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GivenTo {
    /// A wait that has it in the memo.
    Known,
    /// A wait of a graph inside, by its name, which may not know of it yet.
    Reserved(String),
}

/// What a run was given for its nodes, with its type's name.
#[derive(Clone)]
pub(super) struct RunContext {
    pub(super) value: Arc<dyn Any + Send + Sync>,
    pub(super) name: &'static str,
}

impl std::fmt::Debug for RunContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What the tasks of one graph of a run share.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) run: Arc<Run>,
    pub(super) namespace: Namespace,
    /// None without a checkpointer, and for a graph that is not stored.
    pub(super) store: Option<Leased>,
    /// Answers to questions of this graph and those inside of it.
    pub(super) answers: Arc<HashMap<InterruptId, Answer>>,
    /// Breakpoints of graphs inside at which the thread has paused as a whole, so that
    /// they are passed now.
    pub(super) seen_breaks: Arc<BTreeSet<InterruptId>>,
    pub(super) stored: Stored,
    /// Where graphs inside that live as long as the thread stand.
    pub(super) inner: Mutex<BTreeMap<Namespace, CheckpointId>>,
    /// By each name of a node that was renamed, all names that it has had.
    pub(super) names: BTreeMap<NodeId, BTreeSet<NodeId>>,
    /// The task that runs this graph; `None` for the outermost.
    pub(super) around: Option<NodeContext>,
    /// The task that this graph runs for, where its checkpoints must tell.
    pub(super) owner: Option<String>,
    /// Whether it runs to its end once it has begun: it lies in a graph that is not stored,
    /// of a thread that is, so a pause would only make it begin again.
    pub(super) never_pauses: bool,
    /// The superstep of the outermost graph that this graph runs in; `None` there.
    pub(super) root_step: Option<Step>,
    /// The step before the run's first superstep.
    pub(super) began_at: Step,
}

/// An answer, and which question it was given to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) value: Value,
    /// A digest of the question.
    pub(super) question: String,
}

/// A store, with the right to write to the thread.
#[derive(Clone, Debug)]
pub(super) struct Leased {
    pub(super) checkpointer: Arc<dyn Checkpointer>,
    pub(super) fence: Fence,
}

impl Scope {
    /// The graph that runs under `namespace`, of a run.
    pub(super) fn new(run: Arc<Run>, namespace: Namespace, store: Option<Leased>) -> Self {
        Self {
            run,
            namespace,
            store,
            answers: Arc::default(),
            seen_breaks: Arc::default(),
            stored: Stored::default(),
            inner: Mutex::default(),
            names: BTreeMap::new(),
            around: None,
            owner: None,
            never_pauses: false,
            root_step: None,
            began_at: Step::INPUT,
        }
    }

    /// Supersteps that this graph has made in this run when `step` is made.
    pub(super) fn supersteps_at(&self, step: Step) -> u64 {
        u64::try_from(step.0 - self.began_at.0).unwrap_or(0)
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, BTreeMap<Namespace, CheckpointId>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn watch(&self) -> Option<&Watch> {
        let watch = self.run.watch.as_ref()?;
        (self.namespace.is_root() || watch.modes.wants_subgraphs()).then_some(watch)
    }

    /// Waits until the checkpoint that a task builds on is stored.
    pub(super) async fn wait_stored(&self, base: CheckpointId) {
        // In `Sync` no task begins before it is.
        if self.store.is_some() && self.run.options.durability != Durability::Sync {
            self.stored.wait_for(base).await;
        }
    }

    pub(super) fn given(&self) -> MutexGuard<'_, BTreeMap<EventId, GivenTo>> {
        self.run
            .given
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores what a task leaves on a checkpoint.
    pub(super) async fn store_records(
        &self,
        base: CheckpointId,
        records: Vec<Record>,
        wake: Option<WakeOn>,
    ) -> Result<(), RunError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let wake = self.wake(wake);
        let saved = store.save(self, base, records, wake).await;
        saved.map_err(|source| self.store_error(source))
    }

    /// What becomes of the thread's wake-up when a task leaves something.
    pub(super) fn wake(&self, wake: Option<WakeOn>) -> Wake {
        // Only the thread as a whole sleeps, and its outermost graph says until when.
        match wake.filter(|_| self.namespace.is_root()) {
            None => Wake::Keep,
            Some(WakeOn { time, events: true }) => Wake::AfterEvents {
                seen: self.seen().unwrap_or(EventId(0)),
                time,
            },
            Some(WakeOn { time: None, .. }) => Wake::Never,
            Some(WakeOn { time: Some(at), .. }) => Wake::At(at),
        }
    }

    /// The newest event that every wait of this run has looked at.
    fn seen(&self) -> Option<EventId> {
        *self.run.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A wait has looked at events up to this one, and has found none for itself.
    pub(super) fn has_seen(&self, newest: EventId) {
        let mut seen = self.run.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some(seen.map_or(newest, |seen| seen.min(newest)));
    }

    /// Stores the result of an effect, or an event that was given, unless the store has it.
    pub(super) async fn store_once(
        &self,
        part: &str,
        base: CheckpointId,
        name: &str,
    ) -> Result<(), CheckpointError> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let Some(recorded) = self.run.memo.get(&self.namespace, part, name) else {
            return Ok(());
        };
        if !recorded.is_stored {
            let record = Record {
                task: part.to_owned(),
                kind: recorded.kind,
                key: name.to_owned(),
                value: recorded.result,
            };
            store.save(self, base, vec![record], Wake::Keep).await?;
            self.run.memo.note_stored(&self.namespace, part, name);
        }
        Ok(())
    }

    /// Stores the results of effects that a run leaves behind, if this is the run's
    /// outermost graph.
    pub(super) async fn store_known_effects(&self) {
        if let (Some(store), true) = (&self.store, self.namespace.is_root()) {
            store.save_known(&self.run.memo).await;
        }
    }

    pub(super) fn store_error(&self, source: CheckpointError) -> RunError {
        RunError::Checkpoint {
            thread: self.run.thread.clone(),
            source,
        }
    }
}

impl Leased {
    /// Stores the results of effects that the store does not have: those of tasks that
    /// were stopped while they stored one, or whose store failed. What cannot be stored
    /// even now is what a crash costs.
    pub(super) async fn save_known(&self, memo: &Memo) {
        let mut reserves = true;
        for (namespace, base, record) in memo.unstored() {
            if record.kind == RecordKind::Event && !namespace.is_root() && !reserves {
                // Nobody but the graph inside would know whose the event is.
                continue;
            }
            let (task, name) = (record.task.clone(), record.key.clone());
            let checkpoint = CheckpointKey {
                thread: self.fence.thread.clone(),
                namespace,
                id: base,
            };
            let request = RecordsRequest {
                fence: self.fence.clone(),
                checkpoint,
                records: vec![record],
                wake: Wake::Keep,
            };
            if let Err(error) = self.checkpointer.save_records(request).await {
                reserves = false;
                tracing::warn!(%task, name, %error, "the result of an effect could not be stored");
            }
        }
    }

    pub(super) async fn save(
        &self,
        scope: &Scope,
        base: CheckpointId,
        records: Vec<Record>,
        wake: Wake,
    ) -> Result<(), CheckpointError> {
        let request = self.records_request(scope, base, records, wake);
        self.checkpointer.save_records(request).await
    }

    pub(super) fn records_request(
        &self,
        scope: &Scope,
        base: CheckpointId,
        records: Vec<Record>,
        wake: Wake,
    ) -> RecordsRequest {
        RecordsRequest {
            fence: self.fence.clone(),
            checkpoint: CheckpointKey {
                thread: scope.run.thread.clone(),
                namespace: scope.namespace.clone(),
                id: base,
            },
            records,
            wake,
        }
    }
}
