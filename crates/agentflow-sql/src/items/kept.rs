//! An item as its row holds it, and what reading it does.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::checkpoint::CodecError;
use agentflow_core::store::{Item, Refresh, Search, StoreError, TtlPolicy};
use serde_json::Value;

use super::path::path_of;

/// An item and what its readers do not see of it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) id: i64,
    /// In microseconds.
    pub(crate) lifetime: Option<i64>,
    pub(crate) item: Item,
}

/// The columns of an item's row. Times are in microseconds.
pub(crate) struct Columns<'a> {
    pub(crate) id: i64,
    pub(crate) path: &'a [u8],
    pub(crate) key: String,
    pub(crate) value: &'a str,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) lifetime: Option<i64>,
    pub(crate) expires_at: Option<i64>,
}

/// An item whose time to live began anew when it was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refreshed {
    pub(crate) item: i64,
    pub(crate) lifetime: i64,
    pub(crate) until: i64,
}

impl Columns<'_> {
    pub(crate) fn kept(self) -> Result<Kept, StoreError> {
        let path = path_of(self.path)?;
        let value = decode(self.value, || format!("item `{}` of `{path}`", self.key))?;
        Ok(Kept {
            id: self.id,
            lifetime: self.lifetime,
            item: Item {
                path,
                key: self.key,
                value,
                created_at: Timestamp(self.created_at),
                updated_at: Timestamp(self.updated_at),
                expires_at: self.expires_at.map(Timestamp),
            },
        })
    }
}

/// Whether the filter of a search takes an item of this value, which is read only where
/// there is a filter.
pub(crate) fn takes(search: &Search, value: Option<&str>) -> Result<bool, StoreError> {
    let Some(value) = value else {
        return Ok(true);
    };
    let value = decode(value, || "the value of an item".to_owned())?;
    Ok(search.filter.matches(&value))
}

/// The value of an item as its column holds it. `what` it is, for errors.
pub(crate) fn decode(column: &str, what: impl FnOnce() -> String) -> Result<Value, StoreError> {
    let decoded = serde_json::from_str(column);
    Ok(decoded.map_err(|source| CodecError::decoding(what(), source))?)
}

impl Kept {
    /// The item as its reader sees it, after the refresh, and what is to be written for that.
    pub(crate) fn seen(
        mut self,
        ttl: &TtlPolicy,
        refresh: Refresh,
        now: Timestamp,
    ) -> (Item, Option<Refreshed>) {
        let as_duration = |micros: i64| Duration::from_micros(micros.unsigned_abs());
        let until = ttl.refreshed(refresh, self.lifetime.map(as_duration), now);
        let (Some(until), Some(lifetime)) = (until, self.lifetime) else {
            return (self.item, None);
        };
        if self.item.expires_at >= Some(until) {
            return (self.item, None);
        }
        self.item.expires_at = Some(until);
        let refreshed = Refreshed {
            item: self.id,
            lifetime,
            until: until.0,
        };
        (self.item, Some(refreshed))
    }
}
