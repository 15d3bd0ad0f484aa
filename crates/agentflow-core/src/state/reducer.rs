//! The reducers an attribute can name. Each folds one write into one field and
//! must be deterministic: a replay folds the same writes again.
//!
//! They say nothing of how long a value stays. Together with `ephemeral`, `append`
//! collects what one superstep wrote for the next one, and `any` holds its last
//! write for just as long; LangGraph has channels of their own for these, `Topic`
//! and `AnyValue`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};
use std::ops::AddAssign;

#[doc(inline)]
pub use super::messages::messages;

/// Appends the write's items: `#[state(reducer = append)]`.
pub fn append<T: Clone>(value: &mut Vec<T>, mut write: Vec<T>) {
    value.append(&mut write);
}

/// Adds the write: `#[state(reducer = add)]`.
pub fn add<T: AddAssign>(value: &mut T, write: T) {
    *value += write;
}

/// Takes the write whatever else was written in the superstep; the last in task
/// order stays: `#[state(reducer = any)]`.
pub fn any<T>(value: &mut T, write: T) {
    *value = write;
}

/// Joins maps, the write's entries win: `#[state(reducer = merge)]`.
pub fn merge<M: Merge>(value: &mut M, write: M) {
    value.merge(write);
}

/// Joins sets: `#[state(reducer = union)]`.
pub fn union<C: Union>(value: &mut C, write: C) {
    value.union(write);
}

/// A map that [`merge`] can join.
pub trait Merge {
    /// Takes in the entries of `other`, which win over one's own.
    fn merge(&mut self, other: Self);
}

impl<K: Ord, V> Merge for BTreeMap<K, V> {
    fn merge(&mut self, other: Self) {
        self.extend(other);
    }
}

impl<K: Eq + Hash, V, H: BuildHasher> Merge for HashMap<K, V, H> {
    fn merge(&mut self, other: Self) {
        self.extend(other);
    }
}

/// A set that [`union`] can join.
pub trait Union {
    /// Takes in the members of `other`.
    fn union(&mut self, other: Self);
}

impl<T: Ord> Union for BTreeSet<T> {
    fn union(&mut self, other: Self) {
        self.extend(other);
    }
}

impl<T: Eq + Hash, H: BuildHasher> Union for HashSet<T, H> {
    fn union(&mut self, other: Self) {
        self.extend(other);
    }
}
