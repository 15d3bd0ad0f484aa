//! One task of the running superstep.

use std::time::Duration;

use super::action::Beside;
use super::lane::Lane;
use crate::command::{Command, Payload};
use crate::error::NodeFailure;
use crate::id::TaskId;
use crate::interrupt::Interrupt;
use crate::state::State;

/// One task of the running superstep, in the order in which writes are applied.
#[derive(Debug)]
pub(super) struct Slot<S: State> {
    pub(super) task: TaskId,
    pub(super) node: usize,
    /// Kept for another attempt.
    pub(super) payload: Option<Payload>,
    pub(super) attempt: u32,
    /// Where it stands, if tasks do not wait for each other.
    pub(super) lane: Option<Box<Lane<S>>>,
    /// What few tasks have.
    pub(super) extra: Option<Box<SlotExtra>>,
    pub(super) status: Status<S>,
}

#[derive(Debug, Default)]
pub(super) struct SlotExtra {
    /// A limit of its own, instead of its node's.
    pub(super) timeout: Option<Duration>,
    /// How many failures each of the node's retry policies has decided about.
    pub(super) decided: Vec<u32>,
    /// The node has failed for good, and its error handler is what runs.
    pub(super) failure: Option<NodeFailure>,
    /// The reply is the error handler's.
    pub(super) handled: bool,
    /// What the task left beside its reply.
    pub(super) beside: Option<Box<Beside>>,
}

#[derive(Debug)]
pub(super) enum Status<S: State> {
    /// For a place among those that run at once.
    Waiting,
    Running,
    /// For the next attempt.
    BackingOff,
    /// The node has failed; its error handler runs once the store knows.
    Failing,
    /// Its node is done, the store has not acknowledged its writes yet.
    Saving(Command<S>),
    Done {
        command: Command<S>,
        saved: bool,
    },
    Asking(Vec<Interrupt>),
}

impl<S: State> Slot<S> {
    pub(super) fn extra_mut(&mut self) -> &mut SlotExtra {
        self.extra.get_or_insert_default()
    }

    /// Takes in what an attempt left beside its reply. An error handler leaves what its
    /// node has left too: the graphs inside stand where that brought them.
    pub(super) fn leaves(&mut self, mut beside: Box<Beside>) {
        let extra = self.extra_mut();
        if let (Some(_), Some(earlier)) = (&extra.failure, extra.beside.take()) {
            beside.inner.splice(0..0, earlier.inner);
        }
        extra.beside = Some(beside);
    }

    pub(super) fn is_handled(&self) -> bool {
        self.extra.as_ref().is_some_and(|extra| extra.handled)
    }

    pub(super) fn beside(&self) -> Option<&Beside> {
        self.extra.as_ref()?.beside.as_deref()
    }

    pub(super) fn is_cached(&self) -> bool {
        self.beside().is_some_and(|beside| beside.cached)
    }
}

impl<S: State> Status<S> {
    /// Whether nothing more will happen in this slot by itself.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Asking(_))
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self, Self::Running)
    }
}
