//! The records of a checkpoint.

use smol_str::SmolStr;

use super::tight::push_tight;
use crate::checkpoint::{Record, RecordKind};

/// Sorted by task, kind and key. Most checkpoints have one at most.
#[derive(Clone, Debug, Default)]
pub(super) struct Records(Vec<Kept>);

#[derive(Clone, Debug)]
struct Kept {
    task: SmolStr,
    kind: RecordKind,
    key: SmolStr,
    value: Box<[u8]>,
}

impl Records {
    /// Adds one, unless there is one of its name already that stays.
    pub(super) fn add(&mut self, record: Record) {
        let name = (&*record.task, record.kind, &*record.key);
        let place = self
            .0
            .binary_search_by(|kept| (kept.task.as_str(), kept.kind, kept.key.as_str()).cmp(&name));
        match place {
            Ok(_) if record.kind.first_wins() => {}
            Ok(place) => self.0[place].value = record.value.into_boxed_slice(),
            Err(place) => {
                let kept = Kept {
                    task: record.task.into(),
                    kind: record.kind,
                    key: record.key.into(),
                    value: record.value.into_boxed_slice(),
                };
                push_tight(&mut self.0, kept);
                self.0[place..].rotate_right(1);
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Record> {
        self.0.iter().map(|kept| Record {
            task: kept.task.to_string(),
            kind: kept.kind,
            key: kept.key.to_string(),
            value: kept.value.to_vec(),
        })
    }
}
