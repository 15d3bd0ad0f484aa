//! What a thread was and is, as a person sees it.

use serde_json::Value;

use super::handle::Thread;
use crate::checkpoint::{Checkpoint, CheckpointSource, HistoryPage};
use crate::error::RunError;
use crate::id::{CheckpointId, Step};
use crate::runtime::recover::{recover, recover_recorded};
use crate::runtime::run::{load, store_error};
use crate::runtime::snapshot::StateSnapshot;
use crate::state::State;

/// Which checkpoints of a thread to list, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryQuery {
    /// Only those older than this one.
    pub before: Option<CheckpointId>,
    /// At most so many; 100 by default.
    pub limit: u32,
    /// Only those that this made.
    pub source: Option<CheckpointSource>,
    /// Only those of this superstep.
    pub step: Option<Step>,
    /// Only those whose metadata has all of these.
    pub metadata: Vec<(String, Value)>,
}

impl Default for HistoryQuery {
    fn default() -> Self {
        Self {
            before: None,
            limit: 100,
            source: None,
            step: None,
            metadata: Vec::new(),
        }
    }
}

impl<S: State, I, O> Thread<'_, S, I, O> {
    /// The thread as it stands, with the writes of tasks that have finished; `None`
    /// if it has never run. At an older checkpoint: as that one says, without what
    /// happened on top of it.
    ///
    /// # Errors
    /// Without a checkpointer, if the store fails, if there is no such checkpoint, or if
    /// the state does not decode.
    pub async fn state(&self) -> Result<Option<StateSnapshot<S>>, RunError> {
        let store = self.store("read a thread's state")?;
        let at = self.config.at;
        let Some(stored) = load(store, &self.id, &self.namespace, at).await? else {
            return match at {
                Some(id) => Err(RunError::NoSuchCheckpoint {
                    thread: self.id.clone(),
                    id,
                }),
                None => Ok(None),
            };
        };
        let checkpoint = stored.checkpoint.clone();
        let plan = &self.graph.plan;
        Ok(Some(if at.is_some() {
            let recovered = recover_recorded(plan, &self.id, stored)?;
            StateSnapshot::recorded(&self.namespace, checkpoint, recovered)
        } else {
            let recovered = recover(plan, &self.id, stored)?;
            StateSnapshot::live(&self.namespace, checkpoint, recovered)
        }))
    }

    /// The thread's checkpoints with their states, newest first, of all branches.
    ///
    /// # Errors
    /// As [`Thread::state`].
    pub async fn snapshots(&self, query: HistoryQuery) -> Result<Vec<StateSnapshot<S>>, RunError> {
        let store = self.store("list a thread's history")?;
        let mut snapshots = Vec::new();
        for checkpoint in self.history(query).await? {
            let id = Some(checkpoint.id);
            // One that was pruned meanwhile is left out.
            if let Some(stored) = load(store, &self.id, &self.namespace, id).await? {
                let recovered = recover_recorded(&self.graph.plan, &self.id, stored)?;
                let snapshot = StateSnapshot::recorded(&self.namespace, checkpoint, recovered);
                snapshots.push(snapshot);
            }
        }
        Ok(snapshots)
    }

    /// The thread's checkpoints without their states, newest first, of all branches.
    ///
    /// # Errors
    /// Without a checkpointer, or if the store fails.
    pub async fn history(&self, query: HistoryQuery) -> Result<Vec<Checkpoint>, RunError> {
        let store = self.store("list a thread's history")?;
        let page = HistoryPage {
            thread: self.id.clone(),
            namespace: self.namespace.clone(),
            before: query.before,
            limit: query.limit,
            source: query.source,
            step: query.step,
            metadata: query.metadata,
        };
        let listed = store.history(page).await;
        listed.map_err(|source| store_error(&self.id, source))
    }
}
