//! How a run ended well.

use std::sync::Arc;

use crate::interrupt::Interrupt;
use crate::state::{State, View};

/// How a run ended: done, or waiting for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an interrupted run waits for an answer"]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one to a run, and `S` is larger as a rule"
)]
pub enum Outcome<S> {
    /// The graph came to its end, with this state.
    Done(S),
    /// The thread waits: for an answer, a moment, an event, or somebody to go on. What
    /// for is in [`Interrupt::waits_for`].
    #[non_exhaustive]
    Interrupted {
        /// The first question.
        interrupt: Interrupt,
        /// Further questions, if several tasks ask at once.
        more: Vec<Interrupt>,
        /// The state so far, with the writes of tasks that have finished.
        state: S,
    },
}

impl<S> Outcome<S> {
    /// The final state, if the graph came to its end.
    #[must_use]
    pub fn into_done(self) -> Option<S> {
        match self {
            Self::Done(state) => Some(state),
            Self::Interrupted { .. } => None,
        }
    }

    /// All questions that are open.
    #[must_use]
    pub fn interrupts(&self) -> Vec<&Interrupt> {
        match self {
            Self::Done(_) => Vec::new(),
            Self::Interrupted {
                interrupt, more, ..
            } => std::iter::once(interrupt).chain(more).collect(),
        }
    }
}

/// What a graph gives of its state, without a copy where that is all of it.
pub(crate) fn output_of<S: State, O: View<S> + Clone>(state: Arc<S>) -> O {
    Arc::unwrap_or_clone(O::of(state))
}
