//! Partial writes to the state of an entrypoint.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::returned::Durable;
use super::state::{EntryState, place};
use crate::checkpoint::CodecError;
use crate::command::Command;
use crate::state::derived::{Described, describe, no_such_field, put_plain, unprinted};
use crate::state::{FieldSpec, Folding, Lifetime, Surveyed, Update, WriteConflict, Writes};

pub(super) const INPUT: usize = 0;
pub(super) const OUTPUT: usize = 1;
pub(super) const SAVED: usize = 2;

pub(super) const SPECS: &[FieldSpec] = &[
    field("input", Lifetime::Kept),
    // Of this run, not of the one before.
    field("output", Lifetime::Ephemeral),
    field("saved", Lifetime::Kept),
];

const fn field(name: &'static str, lifetime: Lifetime) -> FieldSpec {
    FieldSpec {
        grows: false,
        name,
        folding: Folding::Single,
        lifetime,
    }
}

type Held<T> = Writes<Option<Arc<T>>, Arc<T>>;

/// A partial write to an [`EntryState`]. An input of the entrypoint converts into one.
#[derive(Serialize, Deserialize)]
#[serde(bound = "I: Durable, O: Durable, S: Durable")]
pub struct EntryUpdate<I, O, S = O> {
    #[serde(default, skip_serializing_if = "Writes::is_empty")]
    pub(super) input: Held<I>,
    #[serde(default, skip_serializing_if = "Writes::is_empty")]
    pub(super) output: Held<O>,
    #[serde(default, skip_serializing_if = "Writes::is_empty")]
    pub(super) saved: Held<S>,
}

impl<I, O, S> EntryUpdate<I, O, S> {
    /// Writes what a run is given.
    #[must_use]
    pub fn input(mut self, input: I) -> Self {
        self.input.put(Arc::new(input));
        self
    }

    /// Writes what a run returned.
    #[must_use]
    pub fn output(mut self, output: O) -> Self {
        self.output.put(Arc::new(output));
        self
    }

    /// Writes what the next run finds.
    #[must_use]
    pub fn saved(mut self, saved: S) -> Self {
        self.saved.put(Arc::new(saved));
        self
    }
}

impl<I, O, S> Clone for EntryUpdate<I, O, S> {
    fn clone(&self) -> Self {
        Self {
            input: self.input.clone(),
            output: self.output.clone(),
            saved: self.saved.clone(),
        }
    }
}

impl<I, O, S> Default for EntryUpdate<I, O, S> {
    fn default() -> Self {
        Self {
            input: Writes::default(),
            output: Writes::default(),
            saved: Writes::default(),
        }
    }
}

/// What is written need not be printable.
impl<I, O, S> fmt::Debug for EntryUpdate<I, O, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntryUpdate")
            .field("input", &unprinted(&self.input))
            .field("output", &unprinted(&self.output))
            .field("saved", &unprinted(&self.saved))
            .finish()
    }
}

impl<I, O, S> From<I> for EntryUpdate<I, O, S> {
    fn from(input: I) -> Self {
        Self::default().input(input)
    }
}

impl<I: Durable, O: Durable, S: Durable> From<EntryUpdate<I, O, S>>
    for Command<EntryState<I, O, S>>
{
    fn from(update: EntryUpdate<I, O, S>) -> Self {
        Self::update(update)
    }
}

impl<I: Durable, O: Durable, S: Durable> Update for EntryUpdate<I, O, S> {
    fn survey(&self, surveyed: &mut Surveyed) -> Result<(), WriteConflict> {
        self.input.survey(INPUT, &SPECS[INPUT], surveyed)?;
        self.output.survey(OUTPUT, &SPECS[OUTPUT], surveyed)?;
        self.saved.survey(SAVED, &SPECS[SAVED], surveyed)
    }

    fn append(&mut self, other: Self) {
        self.input.append(other.input);
        self.output.append(other.output);
        self.saved.append(other.saved);
    }

    fn is_empty(&self) -> bool {
        self.input.is_empty() && self.output.is_empty() && self.saved.is_empty()
    }

    fn describe(&self) -> Result<Described, CodecError> {
        let mut described = Described::new();
        describe(&mut described, place::<I>("input"), &self.input)?;
        describe(&mut described, place::<O>("output"), &self.output)?;
        describe(&mut described, place::<S>("saved"), &self.saved)?;
        Ok(described)
    }

    fn from_json(fields: Map<String, Value>) -> Result<Self, CodecError> {
        let mut update = Self::default();
        for (field, value) in fields {
            match field.as_str() {
                "input" => put_plain(&mut update.input, place::<I>("input"), value)?,
                "output" => put_plain(&mut update.output, place::<O>("output"), value)?,
                "saved" => put_plain(&mut update.saved, place::<S>("saved"), value)?,
                unknown => {
                    return Err(no_such_field("EntryState", unknown, SPECS));
                }
            }
        }
        Ok(update)
    }
}
