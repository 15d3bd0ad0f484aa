//! An item as Redis answers it.

use agentflow_core::checkpoint::CodecError;
use agentflow_core::store::{Item, StoreError};
use serde_json::Value;

use super::code::{Times, read_name};
use super::memory::Memory;
use crate::error::RedisError;

#[derive(Debug)]
pub(super) struct Raw {
    pub(super) name: Vec<u8>,
    pub(super) times: Times,
    value: Vec<u8>,
    /// Empty if they were not asked for.
    pub(super) vectors: Vec<u8>,
}

impl Raw {
    /// Of an item that is there, nothing is missing.
    pub(super) fn new(
        memory: &Memory,
        name: Vec<u8>,
        times: &[u8],
        value: Option<Vec<u8>>,
        vectors: Option<Vec<u8>>,
    ) -> Result<Self, RedisError> {
        let times = Times::read(times);
        let (Some(times), Some(value)) = (times, value) else {
            return Err(memory.unreadable("an item"));
        };
        Ok(Self {
            name,
            times,
            value,
            vectors: vectors.unwrap_or_default(),
        })
    }

    /// Its value, decoded.
    pub(super) fn value(&self) -> Result<Value, StoreError> {
        serde_json::from_slice(&self.value).map_err(|source| {
            let what = match read_name(&self.name) {
                Some((path, key)) => format!("item `{key}` of `{path}`"),
                None => "an item".to_owned(),
            };
            CodecError::decoding(what, source).into()
        })
    }

    /// The item as its readers see it.
    pub(super) fn item(&self, memory: &Memory) -> Result<Item, StoreError> {
        let (path, key) = read_name(&self.name).ok_or_else(|| memory.unreadable("an item"))?;
        Ok(Item {
            path,
            key,
            value: self.value()?,
            created_at: self.times.created_at,
            updated_at: self.times.updated_at,
            expires_at: self.times.life.map(|life| life.ends_at),
        })
    }
}
