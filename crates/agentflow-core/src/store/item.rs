//! What is kept.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::StoreError;
use super::path::StorePath;
use crate::checkpoint::CodecError;
use crate::clock::Timestamp;

/// One thing that is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Where it is kept.
    pub path: StorePath,
    /// Its name there.
    pub key: String,
    /// What it is; always an object.
    pub value: Value,
    /// When the first of its values was put.
    pub created_at: Timestamp,
    /// When this value was put.
    pub updated_at: Timestamp,
    /// From when on it is not there any more, unless it is put or read before.
    pub expires_at: Option<Timestamp>,
}

impl Item {
    /// Its value, typed.
    ///
    /// # Errors
    /// If it does not decode as a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        T::deserialize(&self.value).map_err(|source| {
            let what = format!("item `{}` of `{}`", self.key, self.path);
            CodecError::decoding(what, source).into()
        })
    }
}

/// An item that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The item.
    pub item: Item,
    /// How well it fits what was searched for, more is better; none if nothing was
    /// searched for, or if the item is not indexed.
    pub score: Option<f64>,
}
