//! Ends a run: everything it owes the store is written before it says how it ended.

use std::sync::Arc;

use super::action::{Emission, Save, Saved};
use super::slot::Status;
use super::{Action, End, Engine, Phase};
use crate::interrupt::Interrupt;
use crate::state::{State, Surveyed, Update};
use crate::stream::StreamMode;

/// A run that is over but for its debts.
#[derive(Debug)]
pub(super) struct Closing<S: State> {
    end: End<S>,
    saves: Vec<Save<S>>,
}

impl<S: State> Engine<S> {
    /// Some tasks ask, the others are done: keep both and pause.
    pub(super) fn pause(&mut self) {
        let saves = self.unsaved_work();
        let Phase::Running(superstep) = &self.phase else {
            return;
        };
        let asked = superstep
            .slots()
            .iter()
            .filter_map(|slot| match &slot.status {
                Status::Asking(asked) => Some(asked),
                _ => None,
            });
        let interrupts: Vec<Interrupt> = asked.flatten().cloned().collect();
        if self.settings.watched.contains(StreamMode::Updates) {
            for interrupt in &interrupts {
                self.show_when_stored(Emission::Interrupted(interrupt.clone()));
            }
        }
        let state = self.state_with_finished();
        self.close(End::Interrupted { state, interrupts }, saves);
    }

    /// What tasks have done and asked that the store does not have.
    pub(super) fn unsaved_work(&self) -> Vec<Save<S>> {
        let Phase::Running(superstep) = &self.phase else {
            return Vec::new();
        };
        let unsaved = superstep
            .slots()
            .iter()
            .enumerate()
            .filter_map(|(index, slot)| {
                let what = match &slot.status {
                    Status::Done {
                        command,
                        saved: false,
                    } => Saved::Writes(command.clone()),
                    Status::Asking(asked) => Saved::Interrupts(asked.clone()),
                    _ => return None,
                };
                Some(Save {
                    slot: index,
                    task: slot.task.clone(),
                    base: self.base(),
                    what,
                })
            });
        unsaved.collect()
    }

    /// The state as a person should see it: with the writes of what has finished.
    fn state_with_finished(&self) -> Arc<S> {
        let Phase::Running(superstep) = &self.phase else {
            return Arc::clone(&self.state);
        };
        let mut surveyed = Surveyed::of(S::FIELDS.len());
        let mut done = superstep.done().map(|(_, command)| &command.update);
        if !done.all(|update| update.survey(&mut surveyed).is_ok()) {
            return Arc::clone(&self.state);
        }
        let mut state = Arc::clone(&self.state);
        for (_, command) in superstep.done() {
            Arc::make_mut(&mut state).apply(command.update.clone(), &surveyed);
        }
        state
    }

    /// Ends the run with `end` after `saves` and all transitions are stored.
    pub(super) fn close(&mut self, end: End<S>, saves: Vec<Save<S>>) {
        let saves = if self.settings.durability.is_some() {
            saves
        } else {
            Vec::new()
        };
        let closing = Phase::Closing(Closing { end, saves });
        if let Phase::Running(superstep) = std::mem::replace(&mut self.phase, closing)
            && self.settings.watched.contains(StreamMode::Updates)
        {
            for slot in superstep.slots() {
                if let Status::Saving(command) = &slot.status {
                    let (node, update) = (slot.task.node.clone(), command.update.clone());
                    self.show_when_stored(Emission::Updated { node, update });
                }
            }
        }
        self.store_next();
        self.pay_debts();
    }

    /// Transitions first, since saves lie on top of them; then saves; then the end.
    pub(super) fn pay_debts(&mut self) {
        if self.is_store_owed() {
            return;
        }
        let Phase::Closing(closing) = &mut self.phase else {
            return;
        };
        for save in std::mem::take(&mut closing.saves) {
            self.save(save);
        }
        if self.persistence.saves_in_flight > 0 {
            return;
        }
        self.show_all_hidden();
        if let Phase::Closing(closing) = std::mem::replace(&mut self.phase, Phase::Finished) {
            self.act(Action::Finish(closing.end));
        }
    }
}
