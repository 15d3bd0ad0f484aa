//! One graph of a thread: its checkpoints with their records, and the values that
//! they refer to.

use std::collections::{BTreeSet, HashSet};

use super::bytes::Writer;
use super::chunked::Chunked;
use super::packed::Packing;
use super::records::Records;
use super::values::Values;
use crate::checkpoint::{
    Checkpoint, CheckpointError, CodecError, CommitRequest, HistoryPage, Record, Stored,
};
use crate::id::{CheckpointId, FieldName};

/// Both lists are in the order of ids: each commit has the highest, so it appends, and
/// the last checkpoint is the head.
#[derive(Clone, Debug, Default)]
pub(super) struct GraphData {
    checkpoints: Chunked<Kept>,
    packing: Packing,
    /// Apart from the checkpoints: a value outlives the one that wrote it for as long
    /// as another refers to it.
    values: Chunked<Written>,
    /// Of all of these.
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Kept {
    id: CheckpointId,
    packed: Box<[u8]>,
    /// Most checkpoints have none.
    records: Option<Box<Records>>,
}

/// What one checkpoint wrote.
#[derive(Clone, Debug)]
struct Written {
    at: CheckpointId,
    values: Values,
}

impl Kept {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.packed.len() + self.records_bytes()
    }

    fn records_bytes(&self) -> usize {
        let records = self.records.as_ref();
        records.map_or(0, |records| size_of::<Records>() + records.bytes())
    }
}

impl Written {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.values.bytes()
    }
}

impl GraphData {
    /// What it takes, but for the names and shapes that its checkpoints share.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn counted(&self) -> usize {
        let checkpoints = self.checkpoints.iter().map(Kept::bytes);
        checkpoints
            .chain(self.values.iter().map(Written::bytes))
            .sum()
    }

    pub(super) fn head(&self) -> Option<CheckpointId> {
        self.checkpoints.last().map(|kept| kept.id)
    }

    /// Oldest first.
    pub(super) fn ids(&self) -> Vec<CheckpointId> {
        let ids = self.checkpoints.iter().map(|kept| kept.id);
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
        checkpoint: Box<Checkpoint>,
        changed: Vec<(FieldName, Vec<u8>)>,
        records: Vec<Record>,
        scratch: &mut Writer,
    ) -> Result<(), CodecError> {
        let (at, parent) = (checkpoint.id, checkpoint.parent);
        let kept = Kept {
            id: at,
            packed: self.packing.pack(checkpoint, scratch)?,
            records: None,
        };
        if let Some(parent) = parent
            && !records.is_empty()
        {
            self.add_records(parent, records);
        }
        if !changed.is_empty() {
            let values = Values::pack(changed, scratch);
            let written = Written { at, values };
            self.bytes += written.bytes();
            self.values.push(written);
        }
        self.bytes += kept.bytes();
        self.checkpoints.push(kept);
        Ok(())
    }

    /// Whether the checkpoint is there, and so has the records now.
    pub(super) fn add_records(&mut self, at: CheckpointId, records: Vec<Record>) -> bool {
        let Some(position) = self.position(at) else {
            return false;
        };
        let kept = self.checkpoints.get_mut(position);
        let before = kept.records_bytes();
        let all = kept.records.get_or_insert_default();
        records.into_iter().for_each(|record| all.add(record));
        self.bytes = self.bytes - before + kept.records_bytes();
        true
    }

    pub(super) fn stored(&self, id: CheckpointId) -> Result<Option<Stored>, CodecError> {
        let Some(position) = self.position(id) else {
            return Ok(None);
        };
        let kept = self.checkpoints.get(position);
        let checkpoint = self.unpacked(kept)?;
        let fields = checkpoint.fields.iter();
        let values = fields.filter_map(|(name, at)| {
            let value = self.value(name.as_str(), at)?;
            Some((name.clone(), value.to_vec()))
        });
        let values = values.collect();
        Ok(Some(Stored {
            checkpoint,
            values,
            records: kept
                .records
                .iter()
                .flat_map(|records| records.iter())
                .collect(),
        }))
    }

    pub(super) fn history(&self, page: &HistoryPage) -> Result<Vec<Checkpoint>, CodecError> {
        let older = page.before.map_or(self.checkpoints.len(), |before| {
            self.checkpoints.partition_point(|kept| kept.id < before)
        });
        let newest_first = (0..older).rev();
        let mut found = Vec::new();
        for kept in newest_first.map(|place| self.checkpoints.get(place)) {
            if found.len() == page.limit as usize {
                break;
            }
            let checkpoint = self.unpacked(kept)?;
            if page.matches(&checkpoint) {
                found.push(checkpoint);
            }
        }
        Ok(found)
    }

    /// Forgets all checkpoints but these, and the values that none of these refers to.
    /// Returns those that stay.
    pub(super) fn retain(
        &mut self,
        stay: &BTreeSet<CheckpointId>,
    ) -> Result<Vec<Checkpoint>, CodecError> {
        let kept = self.checkpoints.iter();
        let kept = kept.filter(|kept| stay.contains(&kept.id));
        let left: Result<Vec<_>, _> = kept.map(|kept| self.unpacked(kept)).collect();
        let left = left?;
        let fields = left.iter().flat_map(|checkpoint| checkpoint.fields.iter());
        let needed: HashSet<(&str, CheckpointId)> =
            fields.map(|(name, at)| (name.as_str(), at)).collect();
        let kept = self.checkpoints.take();
        self.checkpoints = kept.filter(|kept| stay.contains(&kept.id)).collect();
        let mut scratch = Writer::default();
        let written = self.values.take();
        let written = written.filter_map(|Written { at, values }| {
            let values = values.only(|name| needed.contains(&(name, at)), &mut scratch)?;
            Some(Written { at, values })
        });
        self.values = written.collect();
        self.bytes = self.counted();
        Ok(left)
    }

    pub(super) fn checkpoint(&self, id: CheckpointId) -> Result<Option<Checkpoint>, CodecError> {
        let kept = self
            .position(id)
            .map(|position| self.checkpoints.get(position));
        kept.map(|kept| self.unpacked(kept)).transpose()
    }

    fn unpacked(&self, kept: &Kept) -> Result<Checkpoint, CodecError> {
        self.packing.unpack(kept.id, &kept.packed)
    }

    fn position(&self, id: CheckpointId) -> Option<usize> {
        // Most questions are about the head.
        if self.head() == Some(id) {
            return Some(self.checkpoints.len() - 1);
        }
        self.checkpoints.find(id, |kept| kept.id)
    }

    fn value(&self, name: &str, at: CheckpointId) -> Option<&[u8]> {
        let place = self.values.partition_point(|written| written.at < at);
        if place == self.values.len() {
            return None;
        }
        let written = self.values.get(place);
        (written.at == at)
            .then(|| written.values.get(name))
            .flatten()
    }
}
