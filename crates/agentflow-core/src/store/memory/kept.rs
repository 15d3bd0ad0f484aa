//! One item as it is kept in memory.

use std::time::Duration;

use serde_json::Value;

use crate::clock::Timestamp;
use crate::store::{Item, StorePath};

#[derive(Debug)]
pub(super) struct Kept {
    pub(super) value: Value,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) lifetime: Option<Duration>,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) vectors: Vec<Vec<f32>>,
}

impl Kept {
    pub(super) fn is_there(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// The item as readers see it.
    pub(super) fn item(&self, path: &StorePath, key: &str, expires_at: Option<Timestamp>) -> Item {
        Item {
            path: path.clone(),
            key: key.to_owned(),
            value: self.value.clone(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            expires_at,
        }
    }
}
