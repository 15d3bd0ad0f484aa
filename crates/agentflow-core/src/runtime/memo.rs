//! Results of effects, for tasks of unfinished supersteps, in all graphs of a run. One
//! that the store does not have yet is kept too: its effect has happened all the same.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::checkpoint::{Record, RecordKind};
use crate::id::{CheckpointId, Namespace, Step};

/// Results of effects by graph, part of a task, and name.
#[derive(Debug, Default)]
pub(super) struct Memo {
    results: Mutex<BTreeMap<Key, Recorded>>,
}

type Key = (Namespace, String, String);

/// The result of one effect.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) result: Vec<u8>,
    /// The checkpoint that its record belongs to.
    base: CheckpointId,
    /// The superstep of the outermost graph that it happened in.
    root_step: Step,
    /// An effect's result, or an event that was given.
    pub(super) kind: RecordKind,
    pub(super) is_stored: bool,
}

impl Memo {
    /// Takes in what the store has on top of `base` of one graph.
    pub(super) fn recall(
        &self,
        namespace: &Namespace,
        base: CheckpointId,
        root_step: Step,
        results: impl IntoIterator<Item = ((String, String), Vec<u8>)>,
    ) {
        let mut known = self.results();
        for ((part, name), result) in results {
            let key = (namespace.clone(), part, name);
            known.entry(key).or_insert(Recorded {
                result,
                base,
                root_step,
                kind: RecordKind::Once,
                is_stored: true,
            });
        }
    }

    pub(super) fn get(&self, namespace: &Namespace, part: &str, name: &str) -> Option<Recorded> {
        self.results().get(&key(namespace, part, name)).cloned()
    }

    /// All results of one part of a task, by name.
    pub(super) fn of_part(&self, namespace: &Namespace, part: &str) -> Vec<(String, Recorded)> {
        let results = self.results();
        let of_part = results
            .range(key(namespace, part, "")..)
            .take_while(|((graph, of, _), _)| graph == namespace && of == part);
        of_part
            .map(|((_, _, name), recorded)| (name.clone(), recorded.clone()))
            .collect()
    }

    /// Keeps a result that is to be stored next.
    pub(super) fn put(
        &self,
        namespace: &Namespace,
        part: &str,
        (base, root_step): (CheckpointId, Step),
        (kind, name): (RecordKind, &str),
        result: Vec<u8>,
    ) {
        let mut results = self.results();
        // Tasks of earlier supersteps cannot run again in this run, nor can the graphs
        // inside of them.
        results.retain(|_, recorded| recorded.root_step >= root_step || !recorded.is_stored);
        let recorded = Recorded {
            result,
            base,
            root_step,
            kind,
            is_stored: false,
        };
        results.insert(key(namespace, part, name), recorded);
    }

    /// Results that the store does not have, with the checkpoint they belong to.
    pub(super) fn unstored(&self) -> Vec<(Namespace, CheckpointId, Record)> {
        let results = self.results();
        let unstored = results.iter().filter(|(_, recorded)| !recorded.is_stored);
        unstored
            .map(|((namespace, part, name), recorded)| {
                let record = Record {
                    task: part.clone(),
                    kind: recorded.kind,
                    key: name.clone(),
                    value: recorded.result.clone(),
                };
                (namespace.clone(), recorded.base, record)
            })
            .collect()
    }

    pub(super) fn note_stored(&self, namespace: &Namespace, part: &str, name: &str) {
        if let Some(recorded) = self.results().get_mut(&key(namespace, part, name)) {
            recorded.is_stored = true;
        }
    }

    fn results(&self) -> MutexGuard<'_, BTreeMap<Key, Recorded>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(namespace: &Namespace, part: &str, name: &str) -> Key {
    (namespace.clone(), part.to_owned(), name.to_owned())
}
