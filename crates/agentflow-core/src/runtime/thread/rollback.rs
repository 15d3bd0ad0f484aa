//! Takes a thread back to an older checkpoint, and its effects with it. How one task is
//! undone is said beside this file.

use std::sync::Arc;

use super::handle::Thread;
use super::undo::Undo;
use crate::checkpoint::{Checkpoint, CodecError, RanTask, Record, RecordKind, Stored};
use crate::error::RunError;
use crate::id::{CheckpointId, TaskId};
use crate::runtime::memo::Memo;
use crate::runtime::recover::{StoredCommand, recover, recover_recorded};
use crate::runtime::run::{leased, load};
use crate::runtime::scope::{Leased, Run, Scope};
use crate::runtime::snapshot::StateSnapshot;
use crate::state::State;

/// What a rollback came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RolledBack {
    /// The copy of the older checkpoint, from which the thread goes on.
    pub head: CheckpointId,
    /// The tasks that were undone, the latest first.
    pub undone: Vec<TaskId>,
}

/// A checkpoint on the way back.
struct Passed {
    checkpoint: Checkpoint,
    /// The tasks that finished on top of it, in the order in which their writes apply.
    finished: Vec<RanTask>,
}

impl<S: State, I, O> Thread<'_, S, I, O> {
    /// Takes the thread back to the checkpoint `to`: runs the undo actions of the nodes
    /// that ran since, the latest first, and makes a copy of `to` the newest checkpoint.
    ///
    /// All tasks that finished are undone, also those whose superstep failed or waits.
    /// Passed over are nodes without an undo action, nodes that did not finish or did not
    /// run because an error handler, a cache or an edit replied for them, and nodes of
    /// graphs inside.
    ///
    /// An undo action that has run is recorded; after a failure or a crash, call it again
    /// and it goes on with the next. An action that failed half way finds the results of
    /// its [`crate::NodeContext::once`] again.
    ///
    /// # Errors
    /// If `to` is not behind where the thread stands, if an undo action fails, if the
    /// thread is being run, or if the store fails. What was undone stays recorded.
    pub async fn roll_back(&self, to: CheckpointId) -> Result<RolledBack, RunError> {
        let checkpointer = self.store("roll a thread back")?;
        let memo = Arc::new(Memo::default());
        let shared = Arc::clone(&memo);
        leased(
            self.graph,
            checkpointer,
            &self.id,
            &memo,
            |store| async move {
                let way = self.way_back(&store, to).await?;
                if way.len() < 2 {
                    return Err(self.bad_edit(&format!("it stands at checkpoint {to} already")));
                }
                let thread = self.clone().at(to);
                let Some(recovered) = thread.recover_at(checkpointer).await? else {
                    return Err(self.no_checkpoint(to));
                };
                let run = Run {
                    memo: shared,
                    ..self.edit_run(store.fence.epoch.0, Some(&recovered))
                };
                let scope = Scope::new(Arc::new(run), self.namespace.clone(), Some(store.clone()));
                let scope = Arc::new(scope);
                let undone = self.undo_all(&scope, &store, &way).await?;
                match thread.fork_to(&scope, recovered).await? {
                    Some(head) => Ok(RolledBack { head, undone }),
                    None => unreachable!("a fork makes a checkpoint"),
                }
            },
        )
        .await
    }

    /// The checkpoints from the newest back to `to`, both included.
    async fn way_back(&self, store: &Leased, to: CheckpointId) -> Result<Vec<Passed>, RunError> {
        let mut way = Vec::new();
        let mut next = None;
        loop {
            let stored = load(&store.checkpointer, &self.id, &self.namespace, next).await?;
            let stored = stored.ok_or_else(|| self.no_checkpoint(next.unwrap_or(to)))?;
            let (id, parent) = (stored.checkpoint.id, stored.checkpoint.parent);
            way.push(Passed {
                finished: finished(id, &stored.records)?,
                checkpoint: stored.checkpoint,
            });
            if id == to {
                return Ok(way);
            }
            next = Some(parent.ok_or_else(|| {
                self.bad_edit(&format!("checkpoint {to} is not behind where it stands"))
            })?);
        }
    }

    /// Undoes what ran since the last of these checkpoints, the latest first.
    async fn undo_all(
        &self,
        scope: &Arc<Scope>,
        store: &Leased,
        way: &[Passed],
    ) -> Result<Vec<TaskId>, RunError> {
        let undo = Undo {
            plan: &self.graph.plan,
            scope,
            store,
        };
        let mut undone = Vec::new();
        let mut after: Option<&Checkpoint> = None;
        for (place, passed) in way.iter().enumerate() {
            let open = undo.undoable(passed.not_folded(after));
            if !open.is_empty() {
                let state = self
                    .state_with_finished(store, passed.checkpoint.id)
                    .await?;
                undo.tasks(&open, &state, &mut undone).await?;
            }
            let ran = undo.undoable(&passed.checkpoint.ran);
            if !ran.is_empty() && place + 1 < way.len() {
                let state = self.state_of(store, passed.checkpoint.id).await?;
                undo.tasks(&ran, &state, &mut undone).await?;
            }
            after = Some(&passed.checkpoint);
        }
        Ok(undone)
    }

    /// The state of a checkpoint as it was stored.
    async fn state_of(&self, store: &Leased, id: CheckpointId) -> Result<Arc<S>, RunError> {
        let stored = self.load_passed(store, id).await?;
        Ok(recover_recorded(&self.graph.plan, &self.id, stored)?
            .start
            .state)
    }

    /// The state of a checkpoint with what tasks wrote that finished on top of it.
    async fn state_with_finished(
        &self,
        store: &Leased,
        id: CheckpointId,
    ) -> Result<Arc<S>, RunError> {
        let stored = self.load_passed(store, id).await?;
        let checkpoint = stored.checkpoint.clone();
        let recovered = recover(&self.graph.plan, &self.id, stored)?;
        let snapshot = StateSnapshot::live(&self.namespace, checkpoint, recovered);
        Ok(Arc::new(snapshot.values))
    }

    async fn load_passed(&self, store: &Leased, id: CheckpointId) -> Result<Stored, RunError> {
        let stored = load(&store.checkpointer, &self.id, &self.namespace, Some(id)).await?;
        stored.ok_or_else(|| self.no_checkpoint(id))
    }

    fn no_checkpoint(&self, id: CheckpointId) -> RunError {
        RunError::NoSuchCheckpoint {
            thread: self.id.clone(),
            id,
        }
    }
}

impl Passed {
    /// The tasks that finished on top of it and whose writes went nowhere: their superstep
    /// failed or waits, or was given up for an input or a copy.
    fn not_folded(&self, after: Option<&Checkpoint>) -> Vec<&RanTask> {
        let finished = self.finished.iter();
        let Some(after) = after else {
            return finished.collect();
        };
        if after.id != CheckpointId::after(Some(self.checkpoint.id)) {
            // Another branch went on from here before; what finished belongs to that one.
            return Vec::new();
        }
        let is_folded = |task: &RanTask| after.ran.iter().any(|ran| ran.task == task.task);
        finished.filter(|task| !is_folded(task)).collect()
    }
}

/// The tasks that finished on top of the checkpoint `base`, by their records.
fn finished(base: CheckpointId, records: &[Record]) -> Result<Vec<RanTask>, CodecError> {
    let writes = records
        .iter()
        .filter(|record| record.kind == RecordKind::Writes);
    let finished = writes.map(|record| {
        let stored: StoredCommand = serde_json::from_slice(&record.value)
            .map_err(|source| CodecError::decoding(format!("writes of {}", record.task), source))?;
        Ok(RanTask {
            by: stored.written_by(),
            task: stored.task,
            base,
        })
    });
    let mut finished = finished.collect::<Result<Vec<_>, CodecError>>()?;
    finished.sort_by(|a, b| {
        let by_step = a.task.step.cmp(&b.task.step);
        by_step.then_with(|| a.task.cmp_applied(&b.task))
    });
    Ok(finished)
}
