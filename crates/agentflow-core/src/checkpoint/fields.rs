//! Where the values of a checkpoint's fields are.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::id::{CheckpointId, FieldName};

/// For each field that was ever written, the checkpoint that holds its value.
///
/// A list sorted by name: every checkpoint has one, and a state has few fields.
/// Stored as a map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldVersions(Vec<(FieldName, CheckpointId)>);

impl FieldVersions {
    /// The checkpoint that holds the field's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<CheckpointId> {
        let place = self.place(name).ok()?;
        Some(self.0[place].1)
    }

    /// The field's value is in `checkpoint` from now on.
    pub fn insert(&mut self, name: &str, checkpoint: CheckpointId) {
        match self.place(name) {
            Ok(place) => self.0[place].1 = checkpoint,
            Err(place) => self.0.insert(place, (name.into(), checkpoint)),
        }
    }

    /// By name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&FieldName, CheckpointId)> {
        self.0.iter().map(|(name, at)| (name, *at))
    }

    /// How many fields were ever written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by(|(known, _)| known.as_str().cmp(name))
    }
}

impl<N: AsRef<str>> FromIterator<(N, CheckpointId)> for FieldVersions {
    fn from_iter<I: IntoIterator<Item = (N, CheckpointId)>>(fields: I) -> Self {
        let mut versions = Self::default();
        for (name, at) in fields {
            versions.insert(name.as_ref(), at);
        }
        versions
    }
}

impl<N: AsRef<str>, const FIELDS: usize> From<[(N, CheckpointId); FIELDS]> for FieldVersions {
    fn from(fields: [(N, CheckpointId); FIELDS]) -> Self {
        fields.into_iter().collect()
    }
}

impl Serialize for FieldVersions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for FieldVersions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Versions;

        impl<'de> Visitor<'de> for Versions {
            type Value = FieldVersions;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map from names of fields to checkpoints")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldVersions, A::Error> {
                let mut versions = FieldVersions::default();
                while let Some((name, at)) = map.next_entry::<FieldName, CheckpointId>()? {
                    versions.insert(name.as_str(), at);
                }
                Ok(versions)
            }
        }

        deserializer.deserialize_map(Versions)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn versions_are_kept_by_name_and_stored_as_a_map() {
        let at = CheckpointId;
        let fields = [("b", at(1)), ("a", at(2)), ("b", at(3))];
        let versions = FieldVersions::from(fields);
        assert_eq!(versions.get("a"), Some(at(2)));
        assert_eq!(versions.get("b"), Some(at(3)));
        assert_eq!(versions.get("c"), None);
        let stored = serde_json::to_string(&versions).unwrap();
        assert_eq!(stored, r#"{"a":2,"b":3}"#);
        let read: FieldVersions = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, versions);
        assert!(serde_json::from_str::<FieldVersions>("[]").is_err());
    }
}
