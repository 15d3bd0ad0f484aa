//! One graph of a thread: its checkpoints with their records, and the values that
//! they refer to.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::checkpoint::{
    Checkpoint, CheckpointError, CodecError, CommitRequest, HistoryPage, Record, RecordKind, Stored,
};
use crate::id::{CheckpointId, FieldName};

/// Both lists are in the order of ids: each commit has the highest, so it appends, and
/// the last checkpoint is the head.
#[derive(Clone, Debug, Default)]
pub(super) struct GraphData {
    checkpoints: Vec<Kept>,
    /// Apart from the checkpoints: a value outlives the one that wrote it for as long
    /// as another refers to it.
    values: Vec<Written>,
}

#[derive(Clone, Debug)]
struct Kept {
    checkpoint: Checkpoint,
    /// What the checkpoint schedules, encoded, if an input or a payload is in it: as a tree
    /// of JSON it takes many times its size.
    next: Option<Box<[u8]>>,
    records: Records,
}

impl Kept {
    fn new(mut checkpoint: Checkpoint) -> Result<Self, CodecError> {
        let is_plain = checkpoint.next.iter().all(|task| task.payload.is_none());
        let next = if is_plain {
            None
        } else {
            let next = serde_json::to_vec(&std::mem::take(&mut checkpoint.next))
                .map_err(|source| CodecError::encoding("what is scheduled", source))?;
            Some(next.into_boxed_slice())
        };
        Ok(Self {
            checkpoint,
            next,
            records: Records::new(),
        })
    }

    fn checkpoint(&self) -> Result<Checkpoint, CodecError> {
        let mut checkpoint = self.checkpoint.clone();
        if let Some(next) = &self.next {
            checkpoint.next = serde_json::from_slice(next)
                .map_err(|source| CodecError::decoding("what is scheduled", source))?;
        }
        Ok(checkpoint)
    }
}

/// Records by task, kind and key. Boxed, since room is made for several at once and most
/// checkpoints have one at most.
type Records = BTreeMap<Box<(String, RecordKind, String)>, Box<[u8]>>;

/// What one checkpoint wrote, sorted by name.
#[derive(Clone, Debug)]
struct Written {
    at: CheckpointId,
    fields: Vec<(FieldName, Box<[u8]>)>,
}

impl GraphData {
    pub(super) fn head(&self) -> Option<CheckpointId> {
        self.checkpoints.last().map(|kept| kept.checkpoint.id)
    }

    /// Oldest first.
    pub(super) fn ids(&self) -> Vec<CheckpointId> {
        let ids = self.checkpoints.iter().map(|kept| kept.checkpoint.id);
        ids.collect()
    }

    /// Refuses what does not build on the graph as it is.
    pub(super) fn check(&self, request: &CommitRequest) -> Result<(), CheckpointError> {
        let (head, parent) = (self.head(), request.checkpoint.parent);
        let conflict = |expected| CheckpointError::Conflict {
            thread: request.fence.thread.clone(),
            expected,
            found: head,
        };
        if head != request.expected_head || head >= Some(request.checkpoint.id) {
            return Err(conflict(request.expected_head));
        }
        if parent != head && parent.is_some_and(|parent| self.position(parent).is_none()) {
            return Err(conflict(parent));
        }
        Ok(())
    }

    /// Appends what [`GraphData::check`] has let pass.
    pub(super) fn commit(
        &mut self,
        checkpoint: Checkpoint,
        changed: Vec<(FieldName, Vec<u8>)>,
        records: Vec<Record>,
    ) -> Result<(), CodecError> {
        let (at, parent) = (checkpoint.id, checkpoint.parent);
        let kept = Kept::new(checkpoint)?;
        if let Some(parent) = parent
            && !records.is_empty()
        {
            self.add_records(parent, records);
        }
        if !changed.is_empty() {
            let mut fields: Vec<_> = changed
                .into_iter()
                .map(|(name, value)| (name, value.into_boxed_slice()))
                .collect();
            // Stable: of a field that is named twice the last value is found.
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            push_tight(&mut self.values, Written { at, fields });
        }
        push_tight(&mut self.checkpoints, kept);
        Ok(())
    }

    /// Whether the checkpoint is there, and so has the records now.
    pub(super) fn add_records(&mut self, at: CheckpointId, records: Vec<Record>) -> bool {
        let Some(position) = self.position(at) else {
            return false;
        };
        let kept = &mut self.checkpoints[position].records;
        for record in records {
            let place = kept.entry(Box::new((record.task, record.kind, record.key)));
            let value = record.value.into_boxed_slice();
            if record.kind.first_wins() {
                place.or_insert(value);
            } else {
                place.insert_entry(value);
            }
        }
        true
    }

    pub(super) fn stored(&self, id: CheckpointId) -> Result<Option<Stored>, CodecError> {
        let Some(position) = self.position(id) else {
            return Ok(None);
        };
        let kept = &self.checkpoints[position];
        let fields = kept.checkpoint.fields.iter();
        let values = fields.filter_map(|(name, at)| {
            let value = self.value(name.as_str(), at)?;
            Some((name.clone(), value.to_vec()))
        });
        let records = kept.records.iter();
        let records = records.map(|(name, value)| {
            let (task, kind, key) = &**name;
            Record {
                task: task.clone(),
                kind: *kind,
                key: key.clone(),
                value: value.to_vec(),
            }
        });
        Ok(Some(Stored {
            checkpoint: kept.checkpoint()?,
            values: values.collect(),
            records: records.collect(),
        }))
    }

    pub(super) fn history(&self, page: &HistoryPage) -> Result<Vec<Checkpoint>, CodecError> {
        let older = page.before.map_or(self.checkpoints.len(), |before| {
            self.checkpoints
                .partition_point(|kept| kept.checkpoint.id < before)
        });
        let newest_first = self.checkpoints[..older].iter().rev();
        newest_first
            .filter(|kept| page.matches(&kept.checkpoint))
            .take(page.limit as usize)
            .map(Kept::checkpoint)
            .collect()
    }

    /// Forgets all checkpoints but these, and the values that none of these refers to.
    /// Returns those that stay.
    pub(super) fn retain(
        &mut self,
        stay: &BTreeSet<CheckpointId>,
    ) -> impl Iterator<Item = &Checkpoint> {
        self.checkpoints
            .retain(|kept| stay.contains(&kept.checkpoint.id));
        let fields = self
            .checkpoints
            .iter()
            .flat_map(|k| k.checkpoint.fields.iter());
        let needed: HashSet<(&str, CheckpointId)> =
            fields.map(|(name, at)| (name.as_str(), at)).collect();
        self.values.retain_mut(|written| {
            let at = written.at;
            written
                .fields
                .retain(|(name, _)| needed.contains(&(name.as_str(), at)));
            !written.fields.is_empty()
        });
        self.checkpoints.iter().map(|kept| &kept.checkpoint)
    }

    fn position(&self, id: CheckpointId) -> Option<usize> {
        // Most questions are about the head.
        if self.head() == Some(id) {
            return Some(self.checkpoints.len() - 1);
        }
        let found = self
            .checkpoints
            .binary_search_by_key(&id, |kept| kept.checkpoint.id);
        found.ok()
    }

    fn value(&self, name: &str, at: CheckpointId) -> Option<&[u8]> {
        let written = self.values.binary_search_by_key(&at, |written| written.at);
        let fields = &self.values[written.ok()?].fields;
        let after = fields.partition_point(|(field, _)| field.as_str() <= name);
        let (field, value) = fields.get(after.checked_sub(1)?)?;
        (field.as_str() == name).then_some(value)
    }
}

/// Adds one to a list that grows. Many threads wait after their first supersteps, so
/// no room is made for more until there are some.
pub(super) fn push_tight<T>(list: &mut Vec<T>, item: T) {
    if list.len() < 4 {
        list.reserve_exact(1);
    }
    list.push(item);
}
