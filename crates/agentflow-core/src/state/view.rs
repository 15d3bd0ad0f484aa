//! A part of the state, for a node that does not need all of it.

use std::sync::Arc;

use super::State;

/// A part of the state `S`, or all of it. Derive it: `#[derive(View)]`.
///
/// ```
/// use agentflow_core::{State, View};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
/// struct Essay {
///     topic: String,
///     drafts: u32,
/// }
///
/// #[derive(Debug, PartialEq, View)]
/// #[view(of = Essay)]
/// struct Topic {
///     topic: String,
/// }
///
/// let essay = Essay { topic: "tides".into(), drafts: 2 };
/// assert_eq!(Topic::view(&essay), Topic { topic: "tides".into() });
/// assert_eq!(Topic::FIELDS, Some(&["topic"][..]));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view of the state `{S}`",
    note = "derive it: `#[derive(View)] #[view(of = {S})]`"
)]
pub trait View<S>: Send + Sync + Sized + 'static {
    /// The names of the state's fields that it holds; `None` for all.
    const FIELDS: Option<&'static [&'static str]>;

    /// Copies the part out.
    fn view(state: &S) -> Self;

    /// The part in a pointer of its own; the whole state is not copied for it.
    fn of(state: Arc<S>) -> Arc<Self> {
        Arc::new(Self::view(&state))
    }
}

impl<S: State> View<S> for S {
    const FIELDS: Option<&'static [&'static str]> = None;

    fn view(state: &S) -> Self {
        state.clone()
    }

    fn of(state: Arc<S>) -> Arc<Self> {
        state
    }
}
