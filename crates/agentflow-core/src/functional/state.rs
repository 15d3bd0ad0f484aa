//! The state of a graph that is an entrypoint: what it was given, what it returned, and
//! what it saved.

use std::any::type_name;
use std::sync::Arc;

use super::optional;
use super::returned::Durable;
use super::update::{EntryUpdate, INPUT, OUTPUT, SAVED, SPECS};
use crate::checkpoint::CodecError;
use crate::state::derived::Place;
use crate::state::{FieldSpec, ReducerError, State, Surveyed, View};

/// The state of an entrypoint that takes an `I`, returns an `O` and saves an `S`: the
/// fields `input`, `output` and `saved`.
#[derive(Debug)]
pub struct EntryState<I, O, S = O> {
    pub(super) input: Option<Arc<I>>,
    pub(super) output: Option<Arc<O>>,
    pub(super) saved: Option<Arc<S>>,
}

impl<I, O, S> EntryState<I, O, S> {
    /// What the last run was given.
    #[must_use]
    pub fn input(&self) -> Option<&I> {
        self.input.as_deref()
    }

    /// What the last run returned, if it has returned.
    #[must_use]
    pub fn output(&self) -> Option<&O> {
        self.output.as_deref()
    }

    /// What was saved for the next run.
    #[must_use]
    pub fn saved(&self) -> Option<&S> {
        self.saved.as_deref()
    }

    /// An update that writes nothing yet.
    #[must_use]
    pub fn update() -> EntryUpdate<I, O, S> {
        EntryUpdate::default()
    }
}

impl<I, O, S> Clone for EntryState<I, O, S> {
    fn clone(&self) -> Self {
        Self {
            input: self.input.clone(),
            output: self.output.clone(),
            saved: self.saved.clone(),
        }
    }
}

impl<I, O, S> Default for EntryState<I, O, S> {
    fn default() -> Self {
        Self {
            input: None,
            output: None,
            saved: None,
        }
    }
}

impl<I: Durable, O: Durable, S: Durable> State for EntryState<I, O, S> {
    type Update = EntryUpdate<I, O, S>;

    const VERSION: u32 = 1;

    const FIELDS: &'static [FieldSpec] = SPECS;

    fn into_update(self) -> Self::Update {
        let mut update = EntryUpdate::default();
        if let Some(input) = self.input {
            update.input.put(input);
        }
        if let Some(output) = self.output {
            update.output.put(output);
        }
        if let Some(saved) = self.saved {
            update.saved.put(saved);
        }
        update
    }

    fn apply(&mut self, update: Self::Update, surveyed: &Surveyed) -> Result<(), ReducerError> {
        update
            .input
            .fold_into(&mut self.input, INPUT, &SPECS[INPUT], surveyed, hold)?;
        update
            .output
            .fold_into(&mut self.output, OUTPUT, &SPECS[OUTPUT], surveyed, hold)?;
        update
            .saved
            .fold_into(&mut self.saved, SAVED, &SPECS[SAVED], surveyed, hold)
    }

    fn delta(&self, written: Self::Update) -> Self::Update {
        EntryUpdate {
            input: written.input.into_delta(&self.input, &SPECS[INPUT]),
            output: written.output.into_delta(&self.output, &SPECS[OUTPUT]),
            saved: written.saved.into_delta(&self.saved, &SPECS[SAVED]),
        }
    }

    fn reset_field(&mut self, field: usize) {
        assert_eq!(field, OUTPUT, "only an ephemeral field is reset");
        self.output = None;
    }

    fn encode_field(&self, field: usize) -> Result<Vec<u8>, CodecError> {
        match field {
            INPUT => optional::encode(place::<I>("input"), self.input()),
            OUTPUT => optional::encode(place::<O>("output"), self.output()),
            SAVED => optional::encode(place::<S>("saved"), self.saved()),
            _ => unreachable!("only a stored field is encoded"),
        }
    }

    fn decode_field(&mut self, field: usize, bytes: &[u8]) -> Result<(), CodecError> {
        match field {
            INPUT => self.input = optional::decode(place::<I>("input"), bytes)?.map(Arc::new),
            OUTPUT => self.output = optional::decode(place::<O>("output"), bytes)?.map(Arc::new),
            SAVED => self.saved = optional::decode(place::<S>("saved"), bytes)?.map(Arc::new),
            _ => unreachable!("only a stored field is decoded"),
        }
        Ok(())
    }
}

/// What the caller gets: nothing while the entrypoint has not returned.
impl<I: Durable, O: Durable, S: Durable> View<EntryState<I, O, S>> for Option<O> {
    const FIELDS: Option<&'static [&'static str]> = Some(&["output"]);

    fn view(state: &EntryState<I, O, S>) -> Self {
        state.output().cloned()
    }
}

fn hold<T>(value: &mut Option<Arc<T>>, write: Arc<T>) {
    *value = Some(write);
}

/// A field that holds a `T`, for errors.
pub(super) fn place<T>(field: &'static str) -> Place {
    Place {
        state: "EntryState",
        field,
        ty: type_name::<T>(),
    }
}
