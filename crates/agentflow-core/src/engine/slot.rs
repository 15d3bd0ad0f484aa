//! One task of the running superstep.

use crate::command::{Command, Payload};
use crate::id::TaskId;
use crate::interrupt::Interrupt;
use crate::state::State;

/// One task of the running superstep, in the order in which writes are applied.
#[derive(Debug)]
pub(super) struct Slot<S: State> {
    pub(super) task: TaskId,
    pub(super) node: usize,
    pub(super) payload: Option<PayloadSlot>,
    pub(super) attempt: u32,
    pub(super) status: Status<S>,
}

/// A send's payload, kept for another attempt.
pub(super) struct PayloadSlot(pub(super) Payload);

impl std::fmt::Debug for PayloadSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.type_name)
    }
}

#[derive(Debug)]
pub(super) enum Status<S: State> {
    /// For a place among those that run at once.
    Waiting,
    Running,
    /// For the next attempt.
    BackingOff,
    /// Its node is done, the store has not acknowledged its writes yet.
    Saving(Command<S>),
    Done {
        command: Command<S>,
        saved: bool,
    },
    Asking(Vec<Interrupt>),
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
