//! Takes in what a task came to, and sees when a superstep is complete.

use super::action::{Beside, Emission, Save, Saved, TaskEnd};
use super::slot::{Slot, Status};
use super::{Action, End, Engine, Phase};
use crate::command::Command;
use crate::error::{NodeError, NodeErrorKind, NodeResult};
use crate::policy::{Durability, Scheduling};
use crate::state::State;
use crate::stream::StreamMode;

impl<S: State> Engine<S> {
    pub(crate) fn task_finished(
        &mut self,
        slot: usize,
        result: NodeResult<Command<S>>,
        beside: Option<Box<Beside>>,
    ) {
        if let Phase::Alone { node, .. } = self.phase {
            return self.alone_finished(node, result, beside);
        }
        let Phase::Running(superstep) = &mut self.phase else {
            // The run is closing: the driver was told to stop this task, and it lost the race.
            return;
        };
        assert!(
            superstep.slots()[slot].status.is_running(),
            "a task finishes once, after it was started"
        );
        if let Some(beside) = beside {
            superstep.slots_mut()[slot].leaves(beside);
        }
        match result.map_err(|error| error.0) {
            Ok(command) => self.task_done(slot, command),
            Err(NodeErrorKind::Interrupted(interrupts)) => {
                self.show_end(slot, || TaskEnd::Asks(interrupts.clone()));
                let Phase::Running(superstep) = &mut self.phase else {
                    return;
                };
                superstep.set(slot, Status::Asking(interrupts));
            }
            Err(NodeErrorKind::ToParent(command)) => {
                return self.abort(End::ToParent(command), Vec::new());
            }
            Err(NodeErrorKind::Commanded(command)) => match command.downcast::<S>() {
                Ok(command) => self.task_done(slot, command),
                Err(error) => return self.task_failed(slot, error),
            },
            Err(error) => return self.task_failed(slot, NodeError(error)),
        }
        self.finish_if_settled();
    }

    fn task_done(&mut self, slot: usize, command: Command<S>) {
        let (save_now, base) = (self.saves_now(), self.base());
        let Phase::Running(superstep) = &mut self.phase else {
            return;
        };
        let place = &mut superstep.slots_mut()[slot];
        if let Some(extra) = &mut place.extra {
            extra.handled = extra.failure.is_some();
        }
        if !command.goto.is_empty()
            && let Err(error) = self.plan.check_goto(place.node, &command.goto)
        {
            // The reply is wrong, so its task is not done: it runs again when the
            // run goes on.
            return self.abort(End::gave_up(error), Vec::new());
        }
        let Phase::Running(superstep) = &mut self.phase else {
            return;
        };
        if save_now
            && (self.settings.scheduling == Scheduling::Dataflow || superstep.is_another_open(slot))
        {
            let place = &superstep.slots()[slot];
            let what = Saved::Writes {
                command: command.clone(),
                handled: place.is_handled(),
                beside: place.beside().cloned().map(Box::new),
            };
            let task = place.task.clone();
            superstep.set(slot, Status::Saving(command));
            self.save(Save {
                slot,
                task,
                base,
                what,
                wake: None,
            });
        } else {
            // The last task of a superstep is stored with the superstep itself, and
            // what has no store yet is stored when the run closes.
            self.show_update(slot, &command);
            let Phase::Running(superstep) = &mut self.phase else {
                return;
            };
            superstep.finished(slot, command);
            if self.is_dataflow() {
                self.advance(vec![slot]);
            }
        }
    }

    /// A finished task counts as finished once its writes are stored.
    pub(super) fn saved(&mut self, slot: usize) {
        assert!(
            self.persistence.saves_in_flight > 0,
            "a save is acknowledged once"
        );
        self.persistence.saves_in_flight -= 1;
        match &mut self.phase {
            Phase::Running(superstep) => {
                if matches!(superstep.slots()[slot].status, Status::Failing) {
                    superstep.handle_failure(slot);
                    return;
                }
                superstep.saved(slot);
                self.show_saved(slot);
                if self.is_dataflow() {
                    self.advance(vec![slot]);
                }
                self.finish_if_settled();
            }
            Phase::Closing(_) => self.pay_debts(),
            _ => {}
        }
    }

    pub(super) fn finish_if_settled(&mut self) {
        let Phase::Running(superstep) = &self.phase else {
            return;
        };
        if !superstep.is_settled() {
            return;
        }
        if superstep.is_asking() {
            self.pause();
        } else if self.is_dataflow() {
            self.finish_web();
        } else {
            self.finish_superstep();
        }
    }

    pub(super) fn save(&mut self, save: Save<S>) {
        self.persistence.saves_in_flight += 1;
        self.act(Action::Save(Box::new(save)));
    }

    /// Whether what a task leaves may be stored while its superstep runs.
    pub(super) fn saves_now(&self) -> bool {
        match self.settings.durability {
            Some(Durability::Sync) => true,
            // Records of a checkpoint that is not stored yet could outlive a crash that
            // the checkpoint did not, and then belong to another one of its number.
            Some(Durability::Async) => self.persistence.acknowledged == self.head,
            Some(Durability::Exit) | None => false,
        }
    }

    /// Shows what a finished task wrote, once the store has it.
    fn show_update(&mut self, slot: usize, command: &Command<S>) {
        if self.settings.watched.is_none() {
            return;
        }
        let Phase::Running(superstep) = &self.phase else {
            return;
        };
        for emission in self.done(&superstep.slots()[slot], command) {
            self.show_when_stored(emission);
        }
    }

    /// Shows what a task wrote whose writes the store has.
    fn show_saved(&mut self, slot: usize) {
        let Phase::Running(superstep) = &self.phase else {
            return;
        };
        let slot = &superstep.slots()[slot];
        if let Status::Done { command, .. } = &slot.status {
            for emission in self.done(slot, command) {
                let (step, emission) = (self.step, Box::new(emission));
                self.act(Action::Emit { step, emission });
            }
        }
    }

    /// What watchers learn of a finished task.
    pub(super) fn done(&self, slot: &Slot<S>, command: &Command<S>) -> Vec<Emission<S>> {
        let (watched, mut emissions) = (self.settings.watched, Vec::new());
        if watched.contains(StreamMode::Tasks) {
            emissions.push(Emission::Ended {
                task: slot.task.clone(),
                how: TaskEnd::Wrote(command.update.clone()),
            });
        }
        if watched.contains(StreamMode::Updates) {
            emissions.push(Emission::Updated {
                node: slot.task.node.clone(),
                update: command.update.clone(),
                cached: slot.is_cached(),
            });
        }
        emissions
    }

    /// Tells watchers of this run what finished in an earlier one.
    pub(super) fn show_finished_before(&mut self) {
        if !self.settings.watched.contains(StreamMode::Updates) {
            return;
        }
        let Phase::Running(superstep) = &self.phase else {
            return;
        };
        for (slot, command) in superstep.done() {
            let emission = Box::new(Emission::Updated {
                node: slot.task.node.clone(),
                update: command.update.clone(),
                cached: true,
            });
            let step = self.step;
            self.actions.push_back(Action::Emit { step, emission });
        }
    }

    /// Shows how a task ended that did not finish, once the store has it.
    pub(super) fn show_end(&mut self, slot: usize, how: impl FnOnce() -> TaskEnd<S>) {
        if !self.settings.watched.contains(StreamMode::Tasks) {
            return;
        }
        let Phase::Running(superstep) = &self.phase else {
            return;
        };
        let task = superstep.slots()[slot].task.clone();
        self.show_when_stored(Emission::Ended { task, how: how() });
    }
}
