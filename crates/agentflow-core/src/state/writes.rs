//! The writes that one update holds for one field, and how they are stored. How
//! they meet those of other updates is `fold`'s.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::field::{FieldSpec, Folding, Lifetime};
use super::finite::Finite;

/// The writes that one update holds for one field of type `T`, whose reducer takes
/// a `W`.
#[derive(Clone)]
pub struct Writes<T, W = T>(pub(super) Held<T, W>);

/// Nearly always at most one, which needs no list; and updates are moved a lot, so
/// what is rare does not make them larger.
#[derive(Clone)]
pub(super) enum Held<T, W> {
    None,
    One(Write<T, W>),
    #[expect(clippy::box_collection, reason = "a thin pointer keeps updates small")]
    Several(Box<Vec<Write<T, W>>>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Write<T, W> {
    #[serde(rename = "put")]
    Put(W),
    #[serde(rename = "overwrite")]
    Overwrite(T),
}

impl<T, W> Writes<T, W> {
    /// Adds a write that the reducer folds.
    #[inline]
    pub fn put(&mut self, write: W) {
        self.push(Write::Put(write));
    }

    /// Adds a write that replaces the value and all other writes of the superstep.
    #[inline]
    pub fn overwrite(&mut self, value: T) {
        self.push(Write::Overwrite(value));
    }

    /// Takes in the writes of `other`, after one's own.
    pub fn append(&mut self, other: Self) {
        match other.0 {
            Held::None => {}
            Held::One(write) => self.push(write),
            several if self.is_empty() => self.0 = several,
            Held::Several(several) => several.into_iter().for_each(|write| self.push(write)),
        }
    }

    /// Whether nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// How many writes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Writes that were made one superstep after another, as ones that come to `value`
    /// when they are made at once on what was there before them.
    #[must_use]
    pub fn into_delta(self, value: &T, spec: &FieldSpec) -> Self
    where
        T: Clone,
    {
        let mut delta = Self::default();
        let overwrites = |write: &Write<T, W>| matches!(write, Write::Overwrite(_));
        if spec.lifetime == Lifetime::Ephemeral {
            return delta;
        }
        if self.as_slice().iter().any(overwrites) {
            delta.overwrite(value.clone());
            return delta;
        }
        match (spec.folding, self.0) {
            // Of several writes without a reducer the last one stays.
            (Folding::Single, Held::Several(several)) => {
                delta.0 = several.into_iter().last().map_or(Held::None, Held::One);
            }
            (_, held) => delta.0 = held,
        }
        delta
    }

    #[inline]
    fn push(&mut self, write: Write<T, W>) {
        if let Held::None = self.0 {
            self.0 = Held::One(write);
        } else {
            self.push_another(write);
        }
    }

    #[inline(never)]
    fn push_another(&mut self, write: Write<T, W>) {
        self.0 = match std::mem::replace(&mut self.0, Held::None) {
            Held::None => Held::One(write),
            Held::One(first) => Held::Several(Box::new(vec![first, write])),
            Held::Several(mut several) => {
                several.push(write);
                Held::Several(several)
            }
        };
    }

    #[inline]
    pub(super) fn as_slice(&self) -> &[Write<T, W>] {
        match &self.0 {
            Held::None => &[],
            Held::One(write) => std::slice::from_ref(write),
            Held::Several(several) => several,
        }
    }
}

impl<T, W> Default for Writes<T, W> {
    #[inline]
    fn default() -> Self {
        Self(Held::None)
    }
}

impl<T: fmt::Debug, W: fmt::Debug> fmt::Debug for Writes<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

impl<T: Serialize, W: Serialize> Serialize for Writes<T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.as_slice().iter().map(Finite))
    }
}

impl<'de, T: Deserialize<'de>, W: Deserialize<'de>> Deserialize<'de> for Writes<T, W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut writes = Self::default();
        let stored: Vec<Write<T, W>> = Vec::deserialize(deserializer)?;
        stored.into_iter().for_each(|write| writes.push(write));
        Ok(writes)
    }
}
