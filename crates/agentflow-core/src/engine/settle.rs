//! Takes in what a task came to, and sees when a superstep is complete.

use super::action::{Emission, Save, Saved};
use super::slot::Status;
use super::{Action, End, Engine, Phase};
use crate::command::Command;
use crate::error::{NodeErrorKind, NodeResult};
use crate::policy::Durability;
use crate::state::State;
use crate::stream::StreamMode;

impl<S: State> Engine<S> {
    pub(super) fn task_finished(&mut self, slot: usize, result: NodeResult<Command<S>>) {
        let Phase::Running(superstep) = &mut self.phase else {
            // The run is closing: the driver was told to stop this task, and it lost the race.
            return;
        };
        assert!(
            superstep.slots()[slot].status.is_running(),
            "a task finishes once, after it was started"
        );
        match result.map_err(|error| error.0) {
            Ok(command) => self.task_done(slot, command),
            Err(NodeErrorKind::Interrupted(interrupts)) => {
                superstep.set(slot, Status::Asking(interrupts));
            }
            Err(error) => return self.task_failed(slot, crate::NodeError(error)),
        }
        self.fill_places();
        self.finish_if_settled();
    }

    fn task_done(&mut self, slot: usize, command: Command<S>) {
        let (save_now, base) = (self.saves_now(), self.base());
        let Phase::Running(superstep) = &mut self.phase else {
            return;
        };
        if !command.goto.is_empty() {
            let from = superstep.slots()[slot].node;
            if let Err(error) = self.plan.check_goto(from, &command.goto) {
                // The reply is wrong, so its task is not done: it runs again when the
                // run goes on.
                return self.abort(End::gave_up(error), Vec::new());
            }
        }
        let Phase::Running(superstep) = &mut self.phase else {
            return;
        };
        if save_now && superstep.is_another_open(slot) {
            let what = Saved::Writes(command.clone());
            let task = superstep.slots()[slot].task.clone();
            superstep.set(slot, Status::Saving(command));
            self.save(Save {
                slot,
                task,
                base,
                what,
            });
        } else {
            // The last task of a superstep is stored with the superstep itself, and
            // what has no store yet is stored when the run closes.
            self.show_update(slot, &command);
            let Phase::Running(superstep) = &mut self.phase else {
                return;
            };
            superstep.set(
                slot,
                Status::Done {
                    command,
                    saved: false,
                },
            );
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
                superstep.saved(slot);
                if self.settings.watched.contains(StreamMode::Updates)
                    && let Status::Done { command, .. } = &superstep.slots()[slot].status
                {
                    let node = superstep.slots()[slot].task.node.clone();
                    let emission = Emission::Updated {
                        node,
                        update: command.update.clone(),
                    };
                    self.act(Action::Emit {
                        step: self.step,
                        emission: Box::new(emission),
                    });
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
        } else {
            self.finish_superstep();
        }
    }

    pub(super) fn save(&mut self, save: Save<S>) {
        self.persistence.saves_in_flight += 1;
        self.act(Action::Save(Box::new(save)));
    }

    fn saves_now(&self) -> bool {
        match self.settings.durability {
            Some(Durability::Sync) => true,
            // Records of a checkpoint that is not stored yet could outlive a crash that
            // the checkpoint did not, and then belong to another one of its number.
            Some(Durability::Async) => self.persistence.acknowledged == self.head,
            Some(Durability::Exit) | None => false,
        }
    }

    /// Shows a finished task's update, once the store has it.
    pub(super) fn show_update(&mut self, slot: usize, command: &Command<S>) {
        if !self.settings.watched.contains(StreamMode::Updates) {
            return;
        }
        let Phase::Running(superstep) = &self.phase else {
            return;
        };
        let node = superstep.slots()[slot].task.node.clone();
        self.show_when_stored(Emission::Updated {
            node,
            update: command.update.clone(),
        });
    }
}
