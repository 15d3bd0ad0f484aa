//! The rules for writes that meet in one superstep. All updates are surveyed before
//! the first is applied, so a conflict leaves the state untouched.

use super::field::{FieldSet, FieldSpec, Folding};
use super::folded::{Folded, ReducerError};
use super::writes::{Held, Write, Writes};

impl<T, W> Writes<T, W> {
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
            let overwrites = matches!(write, Write::Overwrite(_));
            let is_overwritten = surveyed.overwritten.contains(field);
            let kind = match spec.folding {
                _ if overwrites && is_overwritten => ConflictKind::Overwrites,
                Folding::Single if !overwrites && !is_overwritten && surveyed.is_written(field) => {
                    ConflictKind::Writes
                }
                _ => {
                    surveyed.written.insert(field);
                    if overwrites {
                        surveyed.overwritten.insert(field);
                    }
                    continue;
                }
            };
            return Err(WriteConflict {
                field: spec.name,
                kind,
            });
        }
        Ok(())
    }

    /// Whether one of them overwrites.
    pub(super) fn overwrites(&self) -> bool {
        let overwrites = |write: &Write<T, W>| matches!(write, Write::Overwrite(_));
        self.as_slice().iter().any(overwrites)
    }

    /// Folds these writes into `value` by `fold`, one after another.
    pub(super) fn grow<R: Folded>(
        self,
        value: &mut T,
        fold: impl Fn(&mut T, W) -> R,
    ) -> Result<(), crate::BoxError> {
        let mut apply = |write| match write {
            Write::Overwrite(new) => {
                *value = new;
                Ok(())
            }
            Write::Put(write) => fold(value, write).into_result(),
        };
        match self.0 {
            Held::None => Ok(()),
            Held::One(write) => apply(write),
            Held::Several(several) => several.into_iter().try_for_each(apply),
        }
    }

    /// Folds these writes into `value` by `fold`.
    ///
    /// # Errors
    /// If `fold` refuses a write; the writes before it are in `value`.
    #[inline]
    pub fn fold_into<R: Folded>(
        self,
        value: &mut T,
        field: usize,
        spec: &FieldSpec,
        surveyed: &Surveyed,
        fold: impl Fn(&mut T, W) -> R,
    ) -> Result<(), ReducerError> {
        let mut apply = |write| match write {
            Write::Overwrite(new) => {
                *value = new;
                Ok(())
            }
            // An overwrite wins over every other write, in whatever order they come.
            Write::Put(_) if surveyed.overwritten.contains(field) => Ok(()),
            Write::Put(write) => {
                let folded = fold(value, write).into_result();
                folded.map_err(|source| ReducerError::new(spec.name, source))
            }
        };
        match self.0 {
            Held::None => Ok(()),
            Held::One(write) => apply(write),
            Held::Several(several) => several.into_iter().try_for_each(apply),
        }
    }
}

/// Which fields the updates of one superstep write.
#[derive(Clone, Debug, Default)]
pub struct Surveyed {
    written: FieldSet,
    /// Those of which a write replaces all others.
    overwritten: FieldSet,
}

impl Surveyed {
    /// Takes in what another survey has seen, of writes that are folded separately.
    pub fn add_all(&mut self, other: &Self) {
        self.written.add_all(&other.written);
        self.overwritten.add_all(&other.overwritten);
    }

    /// Whether any field is written.
    #[must_use]
    pub fn is_any_written(&self) -> bool {
        !self.written.is_empty()
    }

    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.written.clear();
        self.overwritten.clear();
    }

    /// Whether an update writes the field. A superstep's end resets the ephemeral
    /// fields of which this is false.
    #[must_use]
    #[inline]
    pub fn is_written(&self, field: usize) -> bool {
        self.written.contains(field)
    }

    /// Adds the written fields to `changed`.
    pub fn add_to(&self, changed: &mut FieldSet) {
        changed.add_all(&self.written);
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
