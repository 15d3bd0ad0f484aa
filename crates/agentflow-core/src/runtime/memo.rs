//! Results of effects, for tasks of the unfinished superstep. One that the store
//! does not have yet is kept too: its effect has happened all the same.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::checkpoint::{Record, RecordKind};
use crate::id::{CheckpointId, TaskId};

/// Results of effects by task and name.
#[derive(Debug, Default)]
pub(super) struct Memo {
    results: Mutex<HashMap<(String, String), Recorded>>,
}

/// The result of one effect.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) result: Vec<u8>,
    /// The checkpoint that its record belongs to.
    base: CheckpointId,
    pub(super) is_stored: bool,
}

impl Memo {
    /// What the store has on top of `base`.
    pub(super) fn with(
        base: CheckpointId,
        results: impl IntoIterator<Item = ((String, String), Vec<u8>)>,
    ) -> Self {
        let stored = |(key, result)| {
            (
                key,
                Recorded {
                    result,
                    base,
                    is_stored: true,
                },
            )
        };
        Self {
            results: Mutex::new(results.into_iter().map(stored).collect()),
        }
    }

    pub(super) fn get(&self, task: &TaskId, name: &str) -> Option<Recorded> {
        self.results()
            .get(&(task.to_string(), name.to_owned()))
            .cloned()
    }

    /// Keeps a result that is to be stored next.
    pub(super) fn put(&self, task: &TaskId, base: CheckpointId, name: &str, result: Vec<u8>) {
        let mut results = self.results();
        // Tasks of earlier supersteps cannot run again in this run.
        let step = format!("{}/", task.step);
        results.retain(|(task, _), _| task.starts_with(&step));
        let recorded = Recorded {
            result,
            base,
            is_stored: false,
        };
        results.insert((task.to_string(), name.to_owned()), recorded);
    }

    /// Results that the store does not have, with the checkpoint they belong to.
    pub(super) fn unstored(&self) -> Vec<(CheckpointId, Record)> {
        let results = self.results();
        let unstored = results.iter().filter(|(_, recorded)| !recorded.is_stored);
        unstored
            .map(|((task, name), recorded)| {
                let record = Record {
                    task: task.clone(),
                    kind: RecordKind::Once,
                    key: name.clone(),
                    value: recorded.result.clone(),
                };
                (recorded.base, record)
            })
            .collect()
    }

    pub(super) fn note_stored(&self, task: &TaskId, name: &str) {
        if let Some(recorded) = self.results().get_mut(&(task.to_string(), name.to_owned())) {
            recorded.is_stored = true;
        }
    }

    fn results(&self) -> MutexGuard<'_, HashMap<(String, String), Recorded>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
