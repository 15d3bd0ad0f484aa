//! Reads of request fields that need more than their type.

use serde::{Deserialize, Deserializer};

/// Tells a field that is absent from one that is `null`.
///
/// Use with `#[serde(default, deserialize_with = "present")]` on an `Option<Option<T>>`.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
