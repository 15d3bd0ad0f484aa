//! Begins a superstep: makes its tasks and starts as many as may run at once.

use std::sync::Arc;

use super::action::{Emission, RunTask};
use super::slot::{PayloadSlot, Slot, Status};
use super::{Action, End, Engine, Phase};
use crate::command::Command;
use crate::error::RunError;
use crate::graph::{PayloadInput, TaskInput};
use crate::id::TaskId;
use crate::state::State;
use crate::stream::StreamMode;

impl<S: State> Engine<S> {
    /// Begins the next superstep, or ends the run if nothing is left to do. Tasks
    /// in `finished` were done before the last run stopped and do not run again.
    pub(super) fn begin_superstep(&mut self, mut finished: Vec<(TaskId, Command<S>)>) {
        if self.routing.next.is_empty() {
            return self.close(End::Done(Arc::clone(&self.state)), Vec::new());
        }
        if self.supersteps >= self.settings.step_limit {
            let error = RunError::StepLimit {
                thread: self.settings.thread.clone(),
                limit: self.settings.step_limit,
            };
            return self.close(End::gave_up(error), Vec::new());
        }
        self.supersteps += 1;
        self.step = self.step.next();
        let mut superstep = std::mem::take(&mut self.spare);
        let mut sends = 0;
        for scheduled in self.routing.next.drain(..) {
            sends += u32::from(scheduled.payload.is_some());
            let index = if scheduled.payload.is_some() {
                sends
            } else {
                0
            };
            let node = self.plan.nodes[scheduled.node].id.clone();
            let task = TaskId {
                step: self.step,
                node,
                index,
            };
            let place = finished.iter().position(|(done, _)| *done == task);
            let status = match place.map(|place| finished.swap_remove(place).1) {
                Some(command) => Status::Done {
                    command,
                    saved: true,
                },
                None => Status::Waiting,
            };
            let payload = scheduled.payload.map(PayloadSlot);
            superstep.add(Slot {
                task,
                node: scheduled.node,
                payload,
                attempt: 1,
                status,
            });
        }
        self.phase = Phase::Running(superstep);
        self.fill_places();
        self.finish_if_settled();
    }

    /// Starts waiting tasks while there are places.
    pub(super) fn fill_places(&mut self) {
        let base = self.base();
        let Phase::Running(superstep) = &mut self.phase else {
            return;
        };
        while let Some(index) = superstep.start_next(self.settings.max_concurrency) {
            let slot = &superstep.slots()[index];
            if self.settings.watched.contains(StreamMode::Tasks) {
                let (node, attempt) = (slot.task.node.clone(), slot.attempt);
                let emission = Emission::Started { node, attempt };
                self.actions.push_back(Action::Emit {
                    step: self.step,
                    emission: Box::new(emission),
                });
            }
            let input = match &slot.payload {
                Some(PayloadSlot(payload)) => TaskInput::Payload(PayloadInput(payload.clone())),
                None => TaskInput::State(Arc::clone(&self.state)),
            };
            self.actions.push_back(Action::RunTask(RunTask {
                slot: index,
                task: slot.task.clone(),
                node: slot.node,
                input,
                attempt: slot.attempt,
                base,
            }));
        }
    }
}
