//! Writes to one field, and the rules for those that meet in one superstep.
//! All updates are surveyed before the first is applied, so a conflict leaves
//! the state untouched.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A field as the derive describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// The field's name in the struct and in every checkpoint.
    pub name: &'static str,
    /// What happens when several writes meet.
    pub folding: Folding,
}

/// What happens when several writes to one field meet in one superstep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folding {
    /// No reducer: a second write is an error.
    Single,
    /// A reducer folds them in task order.
    Reduced,
}

/// The writes that one update holds for one field of type `T`.
#[derive(Clone, Debug)]
pub struct Writes<T>(Held<T>);

/// Nearly always at most one, which needs no list; and updates are moved a lot, so
/// what is rare does not make them larger.
#[derive(Clone, Debug)]
enum Held<T> {
    None,
    One(Write<T>),
    #[expect(clippy::box_collection, reason = "a thin pointer keeps updates small")]
    Several(Box<Vec<Write<T>>>),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Write<T> {
    #[serde(rename = "put")]
    Put(T),
    #[serde(rename = "overwrite")]
    Overwrite(T),
}

impl<T> Default for Writes<T> {
    fn default() -> Self {
        Self(Held::None)
    }
}

impl<T: Serialize> Serialize for Writes<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.as_slice())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Writes<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Held::Several(Box::new(Vec::deserialize(
            deserializer,
        )?))))
    }
}

impl<T> Writes<T> {
    /// Adds a write that the reducer folds.
    pub fn put(&mut self, value: T) {
        self.push(Write::Put(value));
    }

    /// Adds a write that replaces the value and all other writes of the superstep.
    pub fn overwrite(&mut self, value: T) {
        self.push(Write::Overwrite(value));
    }

    /// Whether nothing is written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    fn push(&mut self, write: Write<T>) {
        self.0 = match std::mem::replace(&mut self.0, Held::None) {
            Held::None => Held::One(write),
            Held::One(first) => Held::Several(Box::new(vec![first, write])),
            Held::Several(mut several) => {
                several.push(write);
                Held::Several(several)
            }
        };
    }

    fn as_slice(&self) -> &[Write<T>] {
        match &self.0 {
            Held::None => &[],
            Held::One(write) => std::slice::from_ref(write),
            Held::Several(several) => several,
        }
    }

    /// Notes these writes for `field`.
    ///
    /// # Errors
    /// If the field has no reducer and is written twice, or is overwritten twice.
    pub fn survey(
        &self,
        field: usize,
        spec: &FieldSpec,
        surveyed: &mut Surveyed,
    ) -> Result<(), WriteConflict> {
        for write in self.as_slice() {
            let mark = &mut surveyed.marks[field];
            let overwrites = matches!(write, Write::Overwrite(_));
            match (*mark, spec.folding) {
                (Mark::Overwritten, _) if overwrites => {
                    return Err(WriteConflict {
                        field: spec.name,
                        kind: ConflictKind::Overwrites,
                    });
                }
                (Mark::Put, Folding::Single) if !overwrites => {
                    return Err(WriteConflict {
                        field: spec.name,
                        kind: ConflictKind::Writes,
                    });
                }
                _ => {}
            }
            if overwrites {
                *mark = Mark::Overwritten;
            } else if *mark == Mark::Untouched {
                *mark = Mark::Put;
            }
        }
        Ok(())
    }

    /// Folds these writes into `value` by `fold`.
    pub fn fold_into(
        self,
        value: &mut T,
        field: usize,
        surveyed: &Surveyed,
        fold: impl Fn(&mut T, T),
    ) {
        let overwritten = surveyed.marks[field] == Mark::Overwritten;
        let mut apply = |write| match write {
            Write::Overwrite(new) => *value = new,
            // An overwrite wins over every other write, in whatever order they come.
            Write::Put(_) if overwritten => {}
            Write::Put(new) => fold(value, new),
        };
        match self.0 {
            Held::None => {}
            Held::One(write) => apply(write),
            Held::Several(several) => several.into_iter().for_each(apply),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Untouched,
    Put,
    Overwritten,
}

/// Which fields the updates of one superstep write.
#[derive(Clone, Debug)]
pub struct Surveyed {
    marks: Vec<Mark>,
}

impl Surveyed {
    /// A survey of no update yet, for a state of `fields` fields.
    #[must_use]
    pub fn of(fields: usize) -> Self {
        Self {
            marks: vec![Mark::Untouched; fields],
        }
    }

    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.marks.fill(Mark::Untouched);
    }

    /// Adds the written fields to `changed`.
    pub fn add_to(&self, changed: &mut FieldSet) {
        for (field, mark) in self.marks.iter().enumerate() {
            if *mark != Mark::Untouched {
                changed.insert(field);
            }
        }
    }
}

/// A set of fields by their place in the state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet(Vec<u64>);

impl FieldSet {
    /// All of `fields` fields.
    #[must_use]
    pub fn all(fields: usize) -> Self {
        let mut set = Self::default();
        (0..fields).for_each(|field| set.insert(field));
        set
    }

    /// Adds a field.
    pub fn insert(&mut self, field: usize) {
        let word = field / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (field % 64);
    }

    /// Whether the field is in the set.
    #[must_use]
    pub fn contains(&self, field: usize) -> bool {
        self.0
            .get(field / 64)
            .is_some_and(|word| word & (1 << (field % 64)) != 0)
    }

    /// Adds the fields of `other`.
    pub fn add_all(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }
}

/// Two writes that cannot go together in one superstep.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: `{field}`")]
pub struct WriteConflict {
    /// The field that both wrote.
    pub field: &'static str,
    kind: ConflictKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum ConflictKind {
    #[error("a field without a reducer was written twice in one superstep")]
    Writes,
    #[error("a field was overwritten twice in one superstep")]
    Overwrites,
}

impl WriteConflict {
    /// What was done to the field, and what to do about it.
    pub(crate) fn what_and_how(&self) -> String {
        let field = self.field;
        match self.kind {
            ConflictKind::Writes => format!(
                "wrote `{field}`, which has no reducer to join them: give the field one, or let \
                 one node write it"
            ),
            ConflictKind::Overwrites => {
                format!("overwrote `{field}`, where only one can win: let one node overwrite it")
            }
        }
    }
}
