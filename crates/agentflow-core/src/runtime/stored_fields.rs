//! Where fields are stored, and when one that grows is stored as a whole again.
//!
//! A list to which every superstep adds a little would fill a store with the square of its
//! length if each checkpoint held it as a whole. What was added is stored instead, until
//! that has become several times what it was added to. So each whole is several times the
//! one before, to store and to load costs by what there is, and a list that stays short
//! is one value.

use std::collections::BTreeMap;

use crate::checkpoint::{FieldVersions, PIECES_MAX, Pieces};
use crate::id::{CheckpointId, FieldName};

/// How often the size of the whole may be added before there is a new one. Of messages of
/// 1 KiB each whole is about six times the one before, so that all wholes together come to
/// between a fifth of the messages and, when there has just been a new one, 1.2 times.
const ADDED_MAX: usize = 7;

/// Bytes that a piece costs besides its own: it is a row to write and to find.
const PIECE_COST: usize = 512;

/// Runs of pieces that a checkpoint may have to name.
const RUNS_MAX: usize = 32;

/// Where each field's value is stored, and how large it is there.
#[derive(Clone, Debug, Default)]
pub(super) struct StoredFields {
    versions: FieldVersions,
    sizes: BTreeMap<FieldName, Size>,
}

/// The bytes of a field.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    whole: usize,
    /// Of the pieces, with what they cost.
    added: usize,
}

impl StoredFields {
    /// As a checkpoint has them.
    pub(super) fn new(versions: FieldVersions, values: &[(FieldName, Vec<u8>)]) -> Self {
        let mut sizes = BTreeMap::<FieldName, Size>::new();
        for (name, value) in values {
            match sizes.get_mut(name) {
                Some(size) => size.added += value.len() + PIECE_COST,
                None => {
                    let (whole, added) = (value.len(), 0);
                    sizes.insert(name.clone(), Size { whole, added });
                }
            }
        }
        Self { versions, sizes }
    }

    pub(super) fn versions(&self) -> &FieldVersions {
        &self.versions
    }

    /// The field is stored as a whole.
    pub(super) fn store_whole(&mut self, name: &str, at: CheckpointId) {
        self.versions.insert(name, at);
    }

    /// The field is stored as a whole, in so many bytes, and what is added may be pieces.
    pub(super) fn store_growing(&mut self, name: &str, at: CheckpointId, bytes: usize) {
        self.store_whole(name, at);
        let (whole, added) = (bytes, 0);
        self.sizes.insert(name.into(), Size { whole, added });
    }

    /// Whether so many bytes more are stored as a piece; then they are from now on.
    pub(super) fn store_piece(&mut self, name: &str, at: CheckpointId, bytes: usize) -> bool {
        let Some(size) = self.sizes.get_mut(&FieldName::from(name)) else {
            return false;
        };
        let added = size.added + bytes + PIECE_COST;
        let has_room =
            |pieces: &Pieces| pieces.runs().len() <= RUNS_MAX && pieces.count() < PIECES_MAX;
        let is_there = self.versions.pieces(name).is_some_and(has_room);
        if !is_there || added > size.whole * ADDED_MAX {
            return false;
        }
        size.added = added;
        self.versions.add_piece(name, at);
        true
    }
}
