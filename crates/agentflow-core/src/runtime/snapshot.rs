//! A thread as a person sees it.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde_json::Value;

use super::recover::{Recovered, next_nodes};
use super::reveal::task_result;
use crate::checkpoint::{Checkpoint, CheckpointSource};
use crate::clock::Timestamp;
use crate::engine::{Finished, StartFrom};
use crate::id::{CheckpointId, Namespace, NodeId, Step, TaskId};
use crate::interrupt::Interrupt;
use crate::state::{State, Surveyed, Update};

/// A thread as it stands, or as it stood at a checkpoint.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StateSnapshot<S> {
    /// The state; of a thread as it stands, with the writes of tasks that have finished.
    pub values: S,
    /// The nodes that run next and have not finished; empty when the graph is done.
    pub next: Vec<NodeId>,
    /// The tasks of the superstep after it.
    pub tasks: Vec<TaskSnapshot>,
    /// What is waited for.
    pub interrupts: Vec<Interrupt>,
    /// The checkpoint.
    pub checkpoint: CheckpointId,
    /// The one that it was built on.
    pub parent: Option<CheckpointId>,
    /// The superstep it ends.
    pub step: Step,
    /// What made it.
    pub source: CheckpointSource,
    /// What the caller attached to the run that made it.
    pub metadata: BTreeMap<String, Value>,
    /// Which run of the thread made it.
    pub run: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A task of the superstep after a checkpoint.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TaskSnapshot {
    /// The task, as [`TaskId`] prints it.
    pub id: String,
    /// Its node.
    pub node: NodeId,
    /// What it wrote, if it has finished and the store knows: by field, several writes
    /// under `$writes`.
    pub result: Option<Value>,
    /// Why it failed, outermost first.
    pub error: Vec<String>,
    /// What it waits for.
    pub interrupts: Vec<Interrupt>,
    /// Where the state of the graph inside is, if the node is one that begins afresh in
    /// each task.
    pub inner: Namespace,
}

impl<S> StateSnapshot<S> {
    /// Whether the graph has come to its end. [`StateSnapshot::next`] is also empty when
    /// all tasks have finished and their superstep is not stored yet.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.tasks.is_empty()
    }
}

impl<S: State> StateSnapshot<S> {
    /// The thread as it stands.
    pub(super) fn live(
        namespace: &Namespace,
        checkpoint: Checkpoint,
        recovered: Recovered<S>,
    ) -> Self {
        let open: Vec<Interrupt> = recovered.open_interrupts().cloned().collect();
        let finished: Vec<Finished<S>> = match &recovered.start.from {
            StartFrom::Superstep(resumption) => resumption.finished.clone(),
            _ => Vec::new(),
        };
        let mut snapshot = Self::recorded(namespace, checkpoint, recovered);
        let mut surveyed = Surveyed::default();
        let updates = || finished.iter().map(|done| &done.command.update);
        if updates().all(|update| update.survey(&mut surveyed).is_ok()) {
            let mut values = snapshot.values.clone();
            // A reducer that panics does so again in the run, as an error of it.
            let applied = catch_unwind(AssertUnwindSafe(|| {
                updates().try_for_each(|update| values.apply(update.clone(), &surveyed))
            }));
            if let Ok(Ok(())) = applied {
                snapshot.values = values;
            }
        }
        for done in &finished {
            let place = snapshot
                .next
                .iter()
                .position(|node| *node == done.task.node);
            place.map(|place| snapshot.next.remove(place));
        }
        snapshot
            .interrupts
            .retain(|asked| asked.is_pause() || open.contains(asked));
        snapshot
    }

    /// As the checkpoint says.
    pub(super) fn recorded(
        namespace: &Namespace,
        checkpoint: Checkpoint,
        recovered: Recovered<S>,
    ) -> Self {
        let tasks = tasks(namespace, &checkpoint, &recovered);
        let asked = recovered.interrupts.iter().map(|(_, asked)| asked);
        let interrupts = asked.chain(&recovered.pause).cloned().collect();
        Self {
            values: Arc::unwrap_or_clone(recovered.start.state),
            next: next_nodes(&checkpoint.next),
            tasks,
            interrupts,
            checkpoint: checkpoint.id,
            parent: checkpoint.parent,
            step: checkpoint.step,
            source: checkpoint.source,
            metadata: checkpoint.metadata,
            run: checkpoint.run,
            created_at: checkpoint.created_at,
        }
    }
}

fn tasks<S: State>(
    namespace: &Namespace,
    checkpoint: &Checkpoint,
    recovered: &Recovered<S>,
) -> Vec<TaskSnapshot> {
    let finished = match &recovered.start.from {
        StartFrom::Superstep(resumption) => &resumption.finished[..],
        _ => &[],
    };
    let tasks = checkpoint.next.iter().map(|scheduled| {
        let task = TaskId {
            step: checkpoint.step.next(),
            node: scheduled.node.clone(),
            index: scheduled.index,
        };
        let id = task.to_string();
        let done = finished.iter().find(|done| done.task == task);
        let failed = recovered.errors.iter().find(|(failed, _)| *failed == id);
        let asked = recovered.interrupts.iter().filter(|(asks, _)| *asks == id);
        TaskSnapshot {
            result: done.and_then(|done| task_result(&done.command.update).ok()),
            error: failed
                .map(|(_, failure)| failure.messages.clone())
                .unwrap_or_default(),
            interrupts: asked.map(|(_, asked)| asked.clone()).collect(),
            inner: namespace.child(checkpoint.id, &task),
            node: task.node,
            id,
        }
    });
    tasks.collect()
}
