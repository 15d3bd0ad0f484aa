//! Where the values of a checkpoint's fields are.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::pieces::Pieces;
use crate::id::{CheckpointId, FieldName};

/// For each field that was ever written, the checkpoint that holds its value, or those
/// that hold its pieces: a field that grows is stored as what it was once, and what was
/// added since.
///
/// A list sorted by name: every checkpoint has one, and a state has few fields.
/// Stored as a map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldVersions(Vec<(FieldName, Pieces)>);

impl FieldVersions {
    /// The checkpoint that holds the field's value, or the newest piece of it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<CheckpointId> {
        let place = self.place(name).ok()?;
        Some(self.0[place].1.newest())
    }

    /// The field's value is in `checkpoint` from now on, as a whole.
    pub fn insert(&mut self, name: &str, checkpoint: CheckpointId) {
        let whole = Pieces::from(checkpoint);
        match self.place(name) {
            Ok(place) => self.0[place].1 = whole,
            Err(place) => self.0.insert(place, (name.into(), whole)),
        }
    }

    /// The field's value is what it was and what `checkpoint` adds.
    pub fn add_piece(&mut self, name: &str, checkpoint: CheckpointId) {
        match self.place(name) {
            Ok(place) => self.0[place].1.add(checkpoint),
            Err(_) => self.insert(name, checkpoint),
        }
    }

    /// The checkpoints that hold the field's pieces.
    pub(crate) fn pieces(&self, name: &str) -> Option<&Pieces> {
        let place = self.place(name).ok()?;
        Some(&self.0[place].1)
    }

    /// Fields with their pieces, sorted by name.
    pub(crate) fn of(fields: Vec<(FieldName, Pieces)>) -> Self {
        Self(fields)
    }

    /// Every piece of every field: by name, those of one field in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&FieldName, CheckpointId)> {
        self.0
            .iter()
            .flat_map(|(name, pieces)| pieces.iter().map(move |at| (name, at)))
    }

    /// By name.
    pub(crate) fn fields(&self) -> impl ExactSizeIterator<Item = (&FieldName, &Pieces)> {
        self.0.iter().map(|(name, pieces)| (name, pieces))
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

/// Of a field that comes several times, each is a piece.
impl<N: AsRef<str>> FromIterator<(N, CheckpointId)> for FieldVersions {
    fn from_iter<I: IntoIterator<Item = (N, CheckpointId)>>(fields: I) -> Self {
        let mut versions = Self::default();
        for (name, at) in fields {
            versions.add_piece(name.as_ref(), at);
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
        serializer.collect_map(self.fields())
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
                while let Some((name, pieces)) = map.next_entry::<FieldName, Pieces>()? {
                    match versions.place(name.as_str()) {
                        Ok(place) => versions.0[place].1 = pieces,
                        Err(place) => versions.0.insert(place, (name, pieces)),
                    }
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
        let mut versions = FieldVersions::from([("b", at(1)), ("a", at(2))]);
        versions.insert("b", at(3));
        assert_eq!(versions.get("a"), Some(at(2)));
        assert_eq!(versions.get("b"), Some(at(3)));
        assert_eq!(versions.get("c"), None);
        let stored = serde_json::to_string(&versions).unwrap();
        assert_eq!(stored, r#"{"a":2,"b":3}"#);
        let read: FieldVersions = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, versions);
        assert!(serde_json::from_str::<FieldVersions>("[]").is_err());
    }

    #[test]
    fn a_field_that_grows_has_pieces_until_it_is_written_whole() {
        let at = CheckpointId;
        let mut versions = FieldVersions::from([("log", at(1)), ("n", at(1))]);
        for piece in [2, 3, 4, 6, 8] {
            versions.add_piece("log", at(piece));
        }
        assert_eq!(versions.get("log"), Some(at(8)));
        let all: Vec<_> = versions
            .iter()
            .map(|(name, at)| (name.as_str(), at.0))
            .collect();
        let log = [1, 2, 3, 4, 6, 8].map(|piece| ("log", piece));
        assert_eq!(all, [&log[..], &[("n", 1)]].concat());
        let stored = serde_json::to_string(&versions).unwrap();
        assert_eq!(stored, r#"{"log":[[1,4,1],[6,2,2]],"n":1}"#);
        let read: FieldVersions = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, versions);
        versions.insert("log", at(9));
        assert_eq!(
            serde_json::to_string(&versions).unwrap(),
            r#"{"log":9,"n":1}"#
        );
    }
}
