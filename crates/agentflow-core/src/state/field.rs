//! What the derive says about a field, and sets of fields. No values.

/// A field as the derive describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// The field's name in the struct and in every checkpoint.
    pub name: &'static str,
    /// What happens when several writes meet.
    pub folding: Folding,
    /// How long a value stays.
    pub lifetime: Lifetime,
    /// Whether a write adds to a list: then checkpoints hold what was added, and now and
    /// then the whole.
    pub grows: bool,
}

impl FieldSpec {
    /// Whether checkpoints hold the field.
    #[must_use]
    pub const fn is_stored(&self) -> bool {
        !matches!(self.lifetime, Lifetime::Untracked)
    }
}

/// What happens when several writes to one field meet in one superstep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folding {
    /// No reducer: a second write is an error.
    Single,
    /// A reducer folds them in task order.
    Reduced,
}

/// How long a field's value stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Until it is written again; checkpoints hold it.
    Kept,
    /// For the superstep after the one that wrote it: a superstep that does not
    /// write it sets it back to `Default`. Checkpoints hold it.
    Ephemeral,
    /// Until it is written again or the run ends: no checkpoint and no record holds
    /// it, and a run that goes on elsewhere finds `Default`.
    Untracked,
}

pub(super) const fn has_growing(fields: &[FieldSpec]) -> bool {
    let mut at = 0;
    while at < fields.len() {
        if fields[at].grows {
            return true;
        }
        at += 1;
    }
    false
}

pub(super) const fn has_ephemeral(fields: &[FieldSpec]) -> bool {
    let mut at = 0;
    while at < fields.len() {
        if matches!(fields[at].lifetime, Lifetime::Ephemeral) {
            return true;
        }
        at += 1;
    }
    false
}

/// A set of fields by their place in the state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// Of the first fields, which are all that most states have.
    first: u64,
    more: Vec<u64>,
}

impl FieldSet {
    /// All of `fields` fields.
    #[must_use]
    pub fn all(fields: usize) -> Self {
        let mut set = Self::default();
        (0..fields).for_each(|field| set.insert(field));
        set
    }

    /// Adds a field.
    #[inline]
    pub fn insert(&mut self, field: usize) {
        if field < 64 {
            self.first |= 1 << field;
        } else {
            self.insert_far(field);
        }
    }

    fn insert_far(&mut self, field: usize) {
        let word = field / 64 - 1;
        if self.more.len() <= word {
            self.more.resize(word + 1, 0);
        }
        self.more[word] |= 1 << (field % 64);
    }

    /// Whether the field is in the set.
    #[must_use]
    #[inline]
    pub fn contains(&self, field: usize) -> bool {
        let word = if field < 64 {
            self.first
        } else {
            self.more.get(field / 64 - 1).copied().unwrap_or(0)
        };
        word & (1 << (field % 64)) != 0
    }

    /// Whether no field is in the set.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first == 0 && self.more.iter().all(|word| *word == 0)
    }

    /// Takes all fields out.
    #[inline]
    pub fn clear(&mut self) {
        self.first = 0;
        self.more.clear();
    }

    /// Adds the fields of `other`.
    pub fn add_all(&mut self, other: &Self) {
        self.first |= other.first;
        if self.more.len() < other.more.len() {
            self.more.resize(other.more.len(), 0);
        }
        for (word, more) in self.more.iter_mut().zip(&other.more) {
            *word |= more;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_of_fields_is_a_set_for_states_of_any_width(
            one in prop::collection::btree_set(0_usize..200, 0..20),
            other in prop::collection::btree_set(0_usize..200, 0..20),
        ) {
            let set_of = |fields: &BTreeSet<usize>| {
                let mut set = FieldSet::default();
                fields.iter().for_each(|field| set.insert(*field));
                set
            };
            let found = |set: &FieldSet| -> BTreeSet<usize> {
                (0..300).filter(|field| set.contains(*field)).collect()
            };
            let mut set = set_of(&one);
            prop_assert_eq!(&found(&set), &one);
            prop_assert_eq!(set.is_empty(), one.is_empty());
            set.add_all(&set_of(&other));
            prop_assert_eq!(found(&set), &one | &other);
            set.clear();
            prop_assert!(set.is_empty() && found(&set).is_empty());
        }
    }
}
