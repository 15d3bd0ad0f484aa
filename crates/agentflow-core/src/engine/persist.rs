//! Decides when a superstep is handed to the store, and what waits for it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::action::{Emission, Transition};
use super::{Action, Engine, Phase};
use crate::checkpoint::CheckpointSource;
use crate::id::{CheckpointId, Step};
use crate::policy::Durability;
use crate::state::{FieldSet, State};
use crate::stream::StreamMode;

/// Supersteps that may wait for the store in [`Durability::Async`]: enough to
/// ride out a slow commit, few enough that a crash costs little.
const UNSTORED_MAX: usize = 64;

/// What the store has, and what it is owed.
#[derive(Debug)]
pub(super) struct Persistence<S: State> {
    /// Fields written since the last transition was made.
    pub(super) changed: FieldSet,
    /// The newest checkpoint that the store has.
    pub(super) acknowledged: Option<CheckpointId>,
    /// Transitions in order, not yet handed over.
    waiting: VecDeque<Transition<S>>,
    /// The transition that was handed over.
    in_flight: Option<(CheckpointId, Step)>,
    pub(super) saves_in_flight: usize,
    /// What watchers learn once the store has the checkpoint.
    hidden: VecDeque<(CheckpointId, Action<S>)>,
}

impl<S: State> Default for Persistence<S> {
    fn default() -> Self {
        Self {
            changed: FieldSet::default(),
            acknowledged: None,
            waiting: VecDeque::new(),
            in_flight: None,
            saves_in_flight: 0,
            hidden: VecDeque::new(),
        }
    }
}

impl<S: State> Engine<S> {
    /// The superstep is applied and `next` is found: store both and go on.
    pub(super) fn end_superstep(&mut self) {
        if self.settings.watched.contains(StreamMode::Values) {
            self.show_when_stored(Emission::Values(Arc::clone(&self.state)));
        }
        self.phase = Phase::Persisting;
        self.transition(CheckpointSource::Loop, None);
        self.go_on_if_stored();
    }

    /// Numbers a checkpoint and, with a store, makes the transition to it.
    pub(super) fn transition(&mut self, source: CheckpointSource, input: Option<S::Update>) {
        let Some(durability) = self.settings.durability else {
            self.head = Some(CheckpointId::after(self.head));
            return;
        };
        let mut changed = std::mem::take(&mut self.persistence.changed);
        let mut parent = self.head;
        if durability == Durability::Exit
            && let Some(unstored) = self.persistence.waiting.pop_front()
        {
            // Only the newest is stored, with all that changed since the last stored one.
            changed.add_all(&unstored.changed);
            parent = unstored.parent;
        }
        let id = CheckpointId::after(parent);
        self.head = Some(id);
        self.persistence.waiting.push_back(Transition {
            id,
            parent,
            step: self.step,
            source,
            state: Arc::clone(&self.state),
            changed,
            next: self.routing.next.clone(),
            input,
            seen: self.routing.seen.clone(),
        });
        if durability != Durability::Exit {
            self.store_next();
        }
    }

    pub(super) fn store_next(&mut self) {
        if self.persistence.in_flight.is_some() {
            return;
        }
        if let Some(transition) = self.persistence.waiting.pop_front() {
            self.persistence.in_flight = Some((transition.id, transition.step));
            self.act(Action::Persist(Box::new(transition)));
        }
    }

    pub(super) fn is_store_owed(&self) -> bool {
        self.persistence.in_flight.is_some() || !self.persistence.waiting.is_empty()
    }

    pub(super) fn persisted(&mut self) {
        let Some((stored, step)) = self.persistence.in_flight.take() else {
            unreachable!("a transition is acknowledged once, after it was handed over")
        };
        self.persistence.acknowledged = Some(stored);
        while let Some((_, action)) = self
            .persistence
            .hidden
            .pop_front_if(|(id, _)| *id <= stored)
        {
            self.act(action);
        }
        if self.settings.watched.contains(StreamMode::Checkpoints) {
            self.act(Action::Emit {
                step,
                emission: Box::new(Emission::Checkpointed(stored)),
            });
        }
        self.store_next();
        if matches!(self.phase, Phase::Closing(_)) {
            return self.pay_debts();
        }
        self.go_on_if_stored();
    }

    /// Goes on if the store is as far as the run's durability asks.
    pub(super) fn go_on_if_stored(&mut self) {
        let may_go_on = match self.settings.durability {
            Some(Durability::Sync) => !self.is_store_owed(),
            Some(Durability::Async) => self.persistence.waiting.len() < UNSTORED_MAX,
            Some(Durability::Exit) | None => true,
        };
        if !may_go_on {
            return;
        }
        match std::mem::replace(&mut self.phase, Phase::Persisting) {
            Phase::TakingInput { input } => self.run_start(input),
            Phase::Persisting => self.begin_superstep(Vec::new()),
            other => self.phase = other,
        }
    }

    /// Nobody sees what a crash could still undo, unless the run stores nothing
    /// before its end.
    pub(super) fn show_when_stored(&mut self, emission: Emission<S>) {
        let action = Action::Emit {
            step: self.step,
            emission: Box::new(emission),
        };
        match self.settings.durability {
            Some(Durability::Sync | Durability::Async) => {
                let shown_with = CheckpointId::after(self.head);
                self.persistence.hidden.push_back((shown_with, action));
            }
            Some(Durability::Exit) | None => self.act(action),
        }
    }

    pub(super) fn show_all_hidden(&mut self) {
        self.actions
            .extend(self.persistence.hidden.drain(..).map(|(_, action)| action));
    }
}
