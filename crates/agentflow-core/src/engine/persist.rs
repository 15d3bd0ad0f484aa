//! Decides when a superstep is handed to the store, and what waits for it.

use std::collections::VecDeque;
use std::sync::Arc;

use super::action::{Emission, Growth, Shown, Transition, TransitionExtra};
use super::{Action, Engine, Phase};
use crate::checkpoint::{CheckpointSource, RanTask, WrittenBy};
use crate::id::{CheckpointId, Step, TaskId};
use crate::policy::Durability;
use crate::state::{FieldSet, State, Update};
use crate::stream::StreamMode;

/// Supersteps that may wait for the store in [`Durability::Async`]: enough to
/// ride out a slow commit, few enough that a crash costs little.
const UNSTORED_MAX: usize = 64;

/// What the store has, and what it is owed.
#[derive(Debug)]
pub(super) struct Persistence<S: State> {
    /// Fields written since the last transition was made.
    pub(super) changed: FieldSet,
    /// Those of them that grow: what they grew by since then.
    pub(super) growth: Growth<S>,
    /// What was folded in of a superstep that is not complete yet.
    pub(super) folded: S::Update,
    /// Tasks whose writes went in since then.
    pub(super) ran: Vec<RanTask>,
    /// The newest checkpoint that the store has.
    pub(super) acknowledged: Option<CheckpointId>,
    /// Transitions in order, not yet handed over.
    waiting: VecDeque<Transition<S>>,
    /// The one that the store has not acknowledged.
    in_flight: Option<InFlight<S>>,
    pub(super) saves_in_flight: usize,
    /// What watchers learn once the store has the checkpoint.
    hidden: VecDeque<(CheckpointId, Action<S>)>,
}

/// A transition that was handed over, with what watchers learn of it.
type InFlight<S> = (CheckpointId, Step, Option<Box<Shown<S>>>);

impl<S: State> Default for Persistence<S> {
    fn default() -> Self {
        Self {
            changed: FieldSet::default(),
            growth: Growth::default(),
            folded: S::Update::default(),
            ran: Vec::new(),
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
    pub(super) fn end_superstep(&mut self, extra: Option<Box<TransitionExtra<S>>>) {
        if self.wrote && self.settings.watched.contains(StreamMode::Values) {
            self.show_when_stored(Emission::Values(Arc::clone(&self.state)));
        }
        self.phase = Phase::Persisting;
        self.transition(CheckpointSource::Loop, None, extra);
        self.go_on_if_stored();
    }

    /// Numbers a checkpoint and, with a store, makes the transition to it.
    pub(super) fn transition(
        &mut self,
        source: CheckpointSource,
        input: Option<S::Update>,
        mut extra: Option<Box<TransitionExtra<S>>>,
    ) {
        let Some(durability) = self.settings.durability else {
            self.head = Some(CheckpointId::after(self.head));
            self.newest = self.head;
            return;
        };
        if !self.inner.is_empty() {
            extra.get_or_insert_default().inner.clone_from(&self.inner);
        }
        let mut changed = std::mem::take(&mut self.persistence.changed);
        let mut growth = std::mem::take(&mut self.persistence.growth);
        let mut ran = std::mem::take(&mut self.persistence.ran);
        let (mut parent, mut expected_head) = (self.head, self.newest);
        if durability == Durability::Exit
            && let Some(unstored) = self.persistence.waiting.pop_front()
        {
            // Only the newest is stored, with all that changed since the last stored one.
            changed.add_all(&unstored.changed);
            let later = std::mem::replace(&mut ran, unstored.ran);
            ran.extend(later);
            if let Some(earlier) = unstored.growth {
                let later = std::mem::replace(&mut growth, *earlier);
                growth.add(later);
            }
            (parent, expected_head) = (unstored.parent, unstored.expected_head);
            merge(&mut extra, unstored.extra);
        }
        if !self.inner.is_empty() {
            // Every checkpoint says where they stand, also one that no task has made.
            let extra = extra.get_or_insert_default();
            extra.inner.clone_from(&self.inner);
        }
        if self.settings.collects {
            // Kept short: what a later write has replaced is not needed any more.
            let written = std::mem::take(&mut self.collected);
            self.collected = self.state.delta(written);
            extra.get_or_insert_default().written = Some(self.collected.clone());
        }
        let id = CheckpointId::after(expected_head);
        self.head = Some(id);
        self.newest = Some(id);
        self.persistence.waiting.push_back(Transition {
            id,
            parent,
            expected_head,
            step: self.step,
            source,
            state: Arc::clone(&self.state),
            changed,
            growth: S::HAS_GROWING.then(|| Box::new(growth)),
            next: self.routing.next.clone(),
            deferred: self.routing.deferred.clone(),
            input,
            seen: self.routing.seen.clone(),
            ran,
            extra,
        });
        if durability != Durability::Exit {
            self.store_next();
        }
    }

    /// Notes what a superstep wrote, which is complete.
    pub(super) fn note_changed(&mut self) {
        self.surveyed.add_to(&mut self.persistence.changed);
        if S::HAS_GROWING {
            let folded = std::mem::take(&mut self.persistence.folded);
            self.persistence.growth.written.append(folded);
        }
    }

    /// Notes a task whose writes go into the next checkpoint.
    pub(super) fn note_ran(&mut self, task: TaskId, by: WrittenBy) {
        if self.settings.durability.is_some() {
            let base = self
                .head
                .unwrap_or_else(|| CheckpointId::after(self.newest));
            let ran = &mut self.persistence.ran;
            // Most supersteps have one task, and a checkpoint keeps the list.
            if ran.capacity() == 0 {
                ran.reserve_exact(1);
            }
            ran.push(RanTask { task, base, by });
        }
    }

    pub(super) fn store_next(&mut self) {
        if self.persistence.in_flight.is_some() {
            return;
        }
        if let Some(transition) = self.persistence.waiting.pop_front() {
            let shown = self.shown(&transition);
            self.persistence.in_flight = Some((transition.id, transition.step, shown));
            self.act(Action::Persist(Box::new(transition)));
        }
    }

    /// What watchers learn of a checkpoint once it is stored.
    fn shown(&self, transition: &Transition<S>) -> Option<Box<Shown<S>>> {
        let is_watched = self.settings.watched.contains(StreamMode::Checkpoints);
        is_watched.then(|| {
            Box::new(Shown {
                id: transition.id,
                parent: transition.parent,
                source: transition.source,
                state: Arc::clone(&transition.state),
                next: self.tasks_of(transition),
            })
        })
    }

    pub(super) fn is_store_owed(&self) -> bool {
        self.persistence.in_flight.is_some() || !self.persistence.waiting.is_empty()
    }

    pub(super) fn persisted(&mut self) {
        let Some((stored, step, shown)) = self.persistence.in_flight.take() else {
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
        if let Some(shown) = shown {
            let emission = Box::new(Emission::Checkpointed(shown));
            self.act(Action::Emit { step, emission });
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
            Phase::Persisting => self.begin_superstep(),
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
                let shown_with = CheckpointId::after(self.newest);
                self.persistence.hidden.push_back((shown_with, action));
            }
            Some(Durability::Exit) | None => self.act(action),
        }
    }

    /// Drops what watchers were to learn with the next checkpoint: it did not happen.
    pub(super) fn forget_hidden(&mut self) {
        let never = CheckpointId::after(self.newest);
        self.persistence.hidden.retain(|(with, _)| *with < never);
    }

    pub(super) fn show_all_hidden(&mut self) {
        self.actions
            .extend(self.persistence.hidden.drain(..).map(|(_, action)| action));
    }
}

/// What an unstored checkpoint carried goes with the one that replaces it. The replies
/// of both belong to checkpoints that are never stored, and are dropped with them.
fn merge<S: State>(
    extra: &mut Option<Box<TransitionExtra<S>>>,
    unstored: Option<Box<TransitionExtra<S>>>,
) {
    match (&mut *extra, unstored) {
        (_, None) => {}
        (None, unstored) => *extra = unstored,
        (Some(extra), Some(unstored)) => {
            extra.taken.splice(0..0, unstored.taken);
        }
    }
    if let Some(extra) = extra {
        extra.replies.clear();
    }
}
