//! The records of a checkpoint.

use smol_str::SmolStr;

use super::tight::push_tight;
use crate::checkpoint::{Record, RecordKind};

/// Sorted by task, kind and key. Most checkpoints have one at most.
#[derive(Clone, Debug, Default)]
pub(super) struct Records {
    sorted: Vec<Kept>,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Kept {
    task: SmolStr,
    kind: RecordKind,
    key: SmolStr,
    value: Box<[u8]>,
}

impl Kept {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.task.len() + self.key.len() + self.value.len()
    }
}

impl Records {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds one, unless there is one of its name already that stays.
    pub(super) fn add(&mut self, record: Record) {
        let name = (&*record.task, record.kind, &*record.key);
        let place = self
            .sorted
            .binary_search_by(|kept| (kept.task.as_str(), kept.kind, kept.key.as_str()).cmp(&name));
        match place {
            Ok(_) if record.kind.first_wins() => {}
            Ok(place) => {
                let kept = &mut self.sorted[place];
                self.bytes = self.bytes - kept.value.len() + record.value.len();
                kept.value = record.value.into_boxed_slice();
            }
            Err(place) => {
                let kept = Kept {
                    task: record.task.into(),
                    kind: record.kind,
                    key: record.key.into(),
                    value: record.value.into_boxed_slice(),
                };
                self.bytes += kept.bytes();
                push_tight(&mut self.sorted, kept);
                self.sorted[place..].rotate_right(1);
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Record> {
        self.sorted.iter().map(|kept| Record {
            task: kept.task.to_string(),
            kind: kept.kind,
            key: kept.key.to_string(),
            value: kept.value.to_vec(),
        })
    }
}
