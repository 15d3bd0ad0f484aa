//! The values of a checkpoint, while they are gathered from the rows that hold them.

use std::collections::{BTreeMap, BTreeSet};

use agentflow_core::checkpoint::Checkpoint;
use agentflow_core::{CheckpointId, FieldName, ThreadId};

use crate::changed::in_row;
use crate::data::DataError;

/// What a checkpoint's state is made of: of each field, and of each piece of one, the value
/// that a checkpoint has changed.
pub(crate) struct Wanted<'a> {
    thread: &'a ThreadId,
    /// In the order in which the checkpoint lists them.
    listed: Vec<(&'a FieldName, CheckpointId)>,
    found: BTreeMap<CheckpointId, BTreeMap<&'a str, Option<Vec<u8>>>>,
}

impl<'a> Wanted<'a> {
    pub(crate) fn of(thread: &'a ThreadId, checkpoint: &'a Checkpoint) -> Self {
        let listed: Vec<_> = checkpoint.fields.iter().collect();
        let mut found: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (name, at) in &listed {
            found.entry(*at).or_default().insert(name.as_str(), None);
        }
        Self {
            thread,
            listed,
            found,
        }
    }

    /// The checkpoints that have changed what is not found yet.
    pub(crate) fn checkpoints(&self) -> BTreeSet<CheckpointId> {
        self.missing().map(|(at, _)| at).collect()
    }

    /// What is not found yet.
    pub(crate) fn missing(&self) -> impl Iterator<Item = (CheckpointId, &'a str)> {
        self.found.iter().flat_map(|(at, values)| {
            let missing = values.iter().filter(|(_, value)| value.is_none());
            missing.map(|(name, _)| (*at, *name))
        })
    }

    /// Takes what is wanted of the values in the row of a checkpoint.
    pub(crate) fn take_row(&mut self, at: CheckpointId, row: &[u8]) -> Result<(), DataError> {
        let damaged = || DataError::ValuesDamaged {
            thread: self.thread.clone(),
            id: at,
        };
        for (name, value) in in_row(row).ok_or_else(damaged)? {
            self.take(at, name, || value.to_vec());
        }
        Ok(())
    }

    /// Takes a value, if it is wanted.
    pub(crate) fn take(&mut self, at: CheckpointId, name: &str, value: impl FnOnce() -> Vec<u8>) {
        let values = self.found.get_mut(&at);
        if let Some(found) = values.and_then(|values| values.get_mut(name)) {
            *found = Some(value());
        }
    }

    /// All of them, as the checkpoint lists them.
    pub(crate) fn values(mut self) -> Result<Vec<(FieldName, Vec<u8>)>, DataError> {
        let listed = std::mem::take(&mut self.listed).into_iter();
        let values = listed.map(|(name, at)| {
            let values = self.found.get_mut(&at);
            let value = values.and_then(|values| values.remove(name.as_str())?);
            let value = value.ok_or_else(|| DataError::ValueMissing {
                thread: self.thread.clone(),
                field: name.to_string(),
            })?;
            Ok((name.clone(), value))
        });
        values.collect()
    }
}
