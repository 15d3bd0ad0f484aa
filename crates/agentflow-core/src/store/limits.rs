//! How much of each thing a store has at most. Every backend holds the same limits, so
//! that what is kept in one may move to another. They are checked in
//! [`Batch::prepare`](super::Batch::prepare).

use std::io;

use serde::Serialize;
use serde_json::Value;

use super::error::StoreError;

/// Longest path, 1 KiB with a byte between two labels: path and key together fit into
/// the index of every database.
pub const PATH_BYTES_MAX: usize = 1024;

/// Longest key, 1 KiB.
pub const KEY_BYTES_MAX: usize = 1024;

/// Largest value of an item, encoded, 1 MiB: an item that is larger names the place
/// where its content is.
pub const VALUE_BYTES_MAX: usize = 1024 * 1024;

/// How deep arrays and objects of a value may lie in each other, 100: readers of JSON
/// give up a little later.
pub const VALUE_DEPTH_MAX: usize = 100;

/// Operations of one batch, 1,000: a batch is one transaction.
pub const OPS_MAX: usize = 1_000;

/// Items or paths of one page, 1,000.
pub const PAGE_MAX: usize = 1_000;

/// Conditions of one filter, and conditions on the paths of one listing, 100.
pub const CONDITIONS_MAX: usize = 100;

/// Paths of one search, 100.
pub const PATHS_MAX: usize = 100;

/// Longest text to search for, 32 KiB.
pub const QUERY_BYTES_MAX: usize = 32 * 1024;

/// Texts of one item that are embedded, 256: an item with more is better cut into
/// several.
pub const TEXTS_MAX: usize = 256;

/// Texts that an embedder is given at once, 256: services refuse larger requests.
pub const EMBED_TEXTS_MAX: usize = 256;

pub(super) fn check(what: &'static str, found: usize, max: usize) -> Result<(), StoreError> {
    if found <= max {
        return Ok(());
    }
    Err(StoreError::TooMuch { what, found, max })
}

pub(super) fn check_value(value: &Value) -> Result<(), StoreError> {
    // The depth comes first: what is deeper is not encoded at all.
    let depth = depth_up_to(value, VALUE_DEPTH_MAX + 1);
    check("levels in the value of an item", depth, VALUE_DEPTH_MAX)?;
    let mut counted = Counted(0);
    let mut encoder = serde_json::Serializer::new(&mut counted);
    value
        .serialize(&mut encoder)
        .map_err(|source| crate::checkpoint::CodecError::encoding("an item", source))?;
    check("bytes in the value of an item", counted.0, VALUE_BYTES_MAX)
}

/// How deep a value is, looking no deeper than `max`.
fn depth_up_to(value: &Value, max: usize) -> usize {
    if max == 0 {
        return 0;
    }
    let below = |inner: &Value| depth_up_to(inner, max - 1);
    match value {
        Value::Array(values) => 1 + values.iter().map(below).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(below).max().unwrap_or(0),
        _ => 0,
    }
}

/// Counts what is written to it.
struct Counted(usize);

impl io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
