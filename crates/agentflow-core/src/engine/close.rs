//! Ends a run: everything it owes the store is written before it says how it ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::action::{Emission, Save, Saved, WakeOn};
use super::slot::{Slot, Status};
use super::{Action, End, Engine, Phase};
use crate::error::NodeFailure;
use crate::interrupt::{Interrupt, WaitsFor};
use crate::policy::Durability;
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
        let mut saves = self.unsaved_work();
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
        for save in &mut saves {
            // Whoever looks at the thread sees these, and may pass them next time.
            if let Saved::Interrupts(kept) = &mut save.what
                && let Status::Asking(asked) = &superstep.slots()[save.slot].status
            {
                let breaks = asked.iter().filter(|asked| asked.is_breakpoint());
                kept.extend(breaks.cloned());
            }
        }
        let last = saves.iter_mut().rev();
        let mut questions = last.filter(|save| matches!(save.what, Saved::Interrupts(_)));
        if let Some(last) = questions.next() {
            // One of them is enough to say until when the thread sleeps.
            last.wake = Some(wake(&interrupts));
        }
        self.show_interrupts(&interrupts);
        let state = self.state_with_finished();
        self.close(End::Interrupted { state, interrupts }, saves);
    }

    pub(super) fn show_interrupts(&mut self, interrupts: &[Interrupt]) {
        let watched = self.settings.watched;
        if watched.contains(StreamMode::Updates) || watched.contains(StreamMode::Values) {
            for interrupt in interrupts {
                self.show_when_stored(Emission::Interrupted(interrupt.clone()));
            }
        }
    }

    /// What tasks have done, asked and failed at that the store does not have.
    pub(super) fn unsaved_work(&self) -> Vec<Save<S>> {
        let Phase::Running(superstep) = &self.phase else {
            return Vec::new();
        };
        let mut unsaved = Vec::new();
        for (index, slot) in superstep.slots().iter().enumerate() {
            let save = |what| Save {
                slot: index,
                task: slot.task.clone(),
                base: self.base(),
                what,
                wake: None,
            };
            if let Some(failure) = self.unsaved_failure(slot) {
                unsaved.push(save(Saved::Handling(failure.clone())));
            }
            match &slot.status {
                Status::Asking(asked) => {
                    // A pause of a graph inside leaves nothing to answer.
                    let kept = asked.iter().filter(|asked| !asked.is_pause());
                    unsaved.push(save(Saved::Interrupts(kept.cloned().collect())));
                }
                _ => unsaved.extend(self.reply(index, slot)),
            }
        }
        unsaved
    }

    /// Why a node failed whose error handler is not done, if the store may not know: the
    /// node is not to run again.
    fn unsaved_failure<'s>(&self, slot: &'s Slot<S>) -> Option<&'s NodeFailure> {
        let is_stored = self.settings.durability == Some(Durability::Sync);
        let is_done = matches!(slot.status, Status::Saving(_) | Status::Done { .. });
        let failure = slot.extra.as_ref()?.failure.as_ref();
        failure.filter(|_| !is_stored && !is_done)
    }

    /// The state as a person should see it: with the writes of what has finished. A
    /// reducer that panics here will do so when the superstep ends, as an error of the run.
    fn state_with_finished(&self) -> Arc<S> {
        let folded = catch_unwind(AssertUnwindSafe(|| self.fold_finished()));
        folded.unwrap_or_else(|_| Arc::clone(&self.state))
    }

    fn fold_finished(&self) -> Arc<S> {
        let Phase::Running(superstep) = &self.phase else {
            return Arc::clone(&self.state);
        };
        let mut surveyed = Surveyed::default();
        let mut done = superstep.done().map(|(_, command)| &command.update);
        if !done.all(|update| update.survey(&mut surveyed).is_ok()) {
            return Arc::clone(&self.state);
        }
        let mut state = Arc::clone(&self.state);
        for (_, command) in superstep.done() {
            let applied = Arc::make_mut(&mut state).apply(command.update.clone(), &surveyed);
            if applied.is_err() {
                return Arc::clone(&self.state);
            }
        }
        state
    }

    /// Ends the run with `end` after `saves` and all transitions are stored.
    pub(super) fn close(&mut self, end: End<S>, saves: Vec<Save<S>>) {
        let saves = match self.settings.durability {
            Some(_) => saves,
            None => Vec::new(),
        };
        let closing = Phase::Closing(Closing { end, saves });
        if let Phase::Running(superstep) = std::mem::replace(&mut self.phase, closing) {
            for slot in superstep.slots() {
                if let Status::Saving(command) = &slot.status {
                    for emission in self.done(slot, command) {
                        self.show_when_stored(emission);
                    }
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

/// What is to wake a thread that waits for these.
fn wake(interrupts: &[Interrupt]) -> WakeOn {
    let mut wake = WakeOn::default();
    for interrupt in interrupts {
        match &interrupt.waits_for {
            WaitsFor::Time(at) => wake.time = Some(wake.time.map_or(*at, |time| time.min(*at))),
            WaitsFor::Event(_) => wake.events = true,
            WaitsFor::Answer | WaitsFor::Proceed(_) => {}
        }
    }
    wake
}
