//! The tasks of the running superstep, counted by where they stand, so that no
//! step looks at all of them.

use std::collections::VecDeque;

use super::slot::{Slot, Status};
use crate::command::Command;
use crate::state::State;

/// The running superstep.
#[derive(Debug)]
pub(super) struct Superstep<S: State> {
    slots: Vec<Slot<S>>,
    /// Those that wait for a place, in the order in which they get one.
    waiting: VecDeque<usize>,
    running: usize,
    settled: usize,
    asking: usize,
}

impl<S: State> Default for Superstep<S> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            waiting: VecDeque::new(),
            running: 0,
            settled: 0,
            asking: 0,
        }
    }
}

impl<S: State> Superstep<S> {
    /// Forgets everything but keeps the memory, for the next superstep.
    pub(super) fn clear(&mut self) {
        self.slots.clear();
        self.waiting.clear();
        (self.running, self.settled, self.asking) = (0, 0, 0);
    }

    /// Makes room for so many tasks.
    pub(super) fn reserve(&mut self, tasks: usize) {
        self.slots.reserve(tasks);
        self.waiting.reserve(tasks);
    }

    /// Adds a task, waiting or as it was left by an earlier run.
    pub(super) fn add(&mut self, slot: Slot<S>) {
        if matches!(slot.status, Status::Waiting) {
            self.waiting.push_back(self.slots.len());
        }
        self.settled += usize::from(slot.status.is_settled());
        self.slots.push(slot);
    }

    pub(super) fn slots(&self) -> &[Slot<S>] {
        &self.slots
    }

    pub(super) fn slots_mut(&mut self) -> &mut [Slot<S>] {
        &mut self.slots
    }

    /// Gives a place to the next task that waits, if less than `places` are taken.
    pub(super) fn start_next(&mut self, places: usize) -> Option<usize> {
        if self.running >= places {
            return None;
        }
        let slot = self.waiting.pop_front()?;
        debug_assert!(matches!(self.slots[slot].status, Status::Waiting));
        self.slots[slot].status = Status::Running;
        self.running += 1;
        Some(slot)
    }

    /// A backed-off task waits for a place again.
    pub(super) fn wait_again(&mut self, slot: usize) {
        assert!(
            matches!(self.slots[slot].status, Status::BackingOff),
            "a timer fires once, for a task that waits for its next attempt"
        );
        self.slots[slot].attempt += 1;
        self.set(slot, Status::Waiting);
        self.waiting.push_back(slot);
    }

    /// A task that runs is done.
    pub(super) fn finished(&mut self, slot: usize, command: Command<S>) {
        debug_assert!(self.slots[slot].status.is_running());
        let saved = false;
        self.slots[slot].status = Status::Done { command, saved };
        self.running -= 1;
        self.settled += 1;
    }

    /// The store has a finished task's writes.
    pub(super) fn saved(&mut self, slot: usize) {
        match self.set(slot, Status::Waiting) {
            Status::Saving(command) => drop(self.set(
                slot,
                Status::Done {
                    command,
                    saved: true,
                },
            )),
            _ => unreachable!("only a task whose writes were being saved is told that they are"),
        }
    }

    /// The store knows that a task failed: its error handler waits for a place.
    pub(super) fn handle_failure(&mut self, slot: usize) {
        self.set(slot, Status::Waiting);
        self.waiting.push_back(slot);
    }

    /// What finished and is not stored did not happen: its writes are gone.
    pub(super) fn forget_unsaved(&mut self) {
        for slot in 0..self.slots.len() {
            if matches!(self.slots[slot].status, Status::Done { saved: false, .. }) {
                self.set(slot, Status::Waiting);
            }
        }
    }

    /// Puts a task elsewhere; returns where it stood.
    pub(super) fn set(&mut self, slot: usize, status: Status<S>) -> Status<S> {
        let before = std::mem::replace(&mut self.slots[slot].status, status);
        let now = &self.slots[slot].status;
        self.running -= usize::from(before.is_running());
        self.running += usize::from(now.is_running());
        self.settled -= usize::from(before.is_settled());
        self.settled += usize::from(now.is_settled());
        self.asking -= usize::from(matches!(before, Status::Asking(_)));
        self.asking += usize::from(matches!(now, Status::Asking(_)));
        before
    }

    pub(super) fn is_settled(&self) -> bool {
        self.settled == self.slots.len()
    }

    /// Whether a task besides `slot` has something left to do.
    pub(super) fn is_another_open(&self, slot: usize) -> bool {
        let own = usize::from(!self.slots[slot].status.is_settled());
        self.settled + own < self.slots.len()
    }

    pub(super) fn is_asking(&self) -> bool {
        self.asking > 0
    }

    /// What finished tasks said, in task order.
    pub(super) fn done(&self) -> impl Iterator<Item = (&Slot<S>, &Command<S>)> + Clone {
        self.slots.iter().filter_map(|slot| match &slot.status {
            Status::Done { command, .. } => Some((slot, command)),
            _ => None,
        })
    }
}
