//! Folds updates as the end of a superstep does, and reads errors to their end.

use std::error::Error;

use agentflow_core::state::{ReducerError, Surveyed};
use agentflow_core::{State, Update};

/// The state after one superstep in which these updates were made, in task order.
pub(crate) fn folded<S: State>(
    mut state: S,
    updates: impl IntoIterator<Item = S::Update>,
) -> Result<S, ReducerError> {
    let updates: Vec<_> = updates.into_iter().collect();
    let mut surveyed = Surveyed::default();
    for update in &updates {
        update.survey(&mut surveyed).unwrap();
    }
    for update in updates {
        state.apply(update, &surveyed)?;
    }
    Ok(state)
}

/// The field's place.
pub(crate) fn place<S: State>(name: &str) -> usize {
    let found = S::FIELDS.iter().position(|spec| spec.name == name);
    found.unwrap_or_else(|| panic!("no field `{name}`"))
}

/// An error and its sources, each after a colon.
pub(crate) fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// The update as it comes back from where it is stored.
pub(crate) fn stored<U: Update>(update: &U) -> U {
    serde_json::from_value(serde_json::to_value(update).unwrap()).unwrap()
}
