//! Begins a superstep: makes its tasks and starts as many as may run at once.

use std::sync::Arc;

use super::action::{Emission, Finished, RunExtra, RunTask, Scheduled, ScheduledExtra, Transition};
use super::slot::{Slot, SlotExtra, Status};
use super::{Action, End, Engine, Phase};
use crate::error::{NodeFailure, RunError};
use crate::graph::TaskInput;
use crate::id::{Step, TaskId};
use crate::state::State;
use crate::stream::StreamMode;

impl<S: State> Engine<S> {
    /// Begins the next superstep, or ends the run if nothing is left to do.
    pub(super) fn begin_superstep(&mut self) {
        if self.may_begin() && !self.begin_alone() {
            self.begin_tasks(Vec::new(), Vec::new());
        }
    }

    /// As [`Engine::begin_superstep`]. Tasks in `finished` were done before the last run
    /// stopped and do not run again; of those in `failed` the error handler runs.
    pub(super) fn resume_superstep(
        &mut self,
        finished: Vec<Finished<S>>,
        failed: Vec<(TaskId, NodeFailure)>,
    ) {
        let is_new = finished.is_empty() && failed.is_empty();
        if self.may_begin() && !(is_new && self.begin_alone()) {
            self.begin_tasks(finished, failed);
        }
    }

    /// Counts the superstep, unless the run ends here.
    fn may_begin(&mut self) -> bool {
        if self.routing.next.is_empty() {
            self.close(End::Done(Arc::clone(&self.state)), Vec::new());
            return false;
        }
        if self.is_stopped() {
            return false;
        }
        if let Some(error) = self.over_limit() {
            self.close(End::gave_up(error), Vec::new());
            return false;
        }
        self.supersteps += 1;
        self.step = self.step.next();
        true
    }

    fn begin_tasks(
        &mut self,
        mut finished: Vec<Finished<S>>,
        mut failed: Vec<(TaskId, NodeFailure)>,
    ) {
        let mut superstep = std::mem::take(&mut self.spare);
        superstep.reserve(self.routing.next.len());
        let (mut sends, mut unhandled) = (0, None);
        for scheduled in self.routing.next.drain(..) {
            sends += u32::from(scheduled.payload.is_some());
            let index = if scheduled.payload.is_some() {
                sends
            } else {
                0
            };
            let node = scheduled.node;
            let mut slot = Slot::new(
                task_of(&self.plan.nodes[node].id, self.step, &scheduled, index),
                scheduled,
            );
            if !failed.is_empty()
                && let Some(place) = failed.iter().position(|(task, _)| *task == slot.task)
            {
                slot.extra_mut().failure = Some(failed.swap_remove(place).1);
                let has_handler = self.plan.nodes[node].options.handler.is_some();
                unhandled = unhandled.or((!has_handler).then(|| slot.task.node.clone()));
            }
            if !finished.is_empty()
                && let Some(place) = finished.iter().position(|done| done.task == slot.task)
            {
                let done = finished.swap_remove(place);
                slot.take_over(done);
            }
            superstep.add(slot);
        }
        if let Some(node) = unhandled {
            // Another build's handler was to reply for it, and it must not run again.
            let thread = self.settings.thread.clone();
            return self.close(
                End::gave_up(RunError::GraphChanged { thread, node }),
                Vec::new(),
            );
        }
        self.phase = Phase::Running(superstep);
        self.show_finished_before();
        if let Some(wait) = self.settings.step_timeout {
            let step = self.step;
            self.act(Action::ArmStepTimer { step, wait });
        }
        if self.is_dataflow() {
            self.begin_web(finished);
        }
        self.finish_if_settled();
    }

    fn over_limit(&self) -> Option<RunError> {
        let thread = || self.settings.thread.clone();
        if self.supersteps >= self.settings.step_limit {
            return Some(RunError::StepLimit {
                thread: thread(),
                limit: self.settings.step_limit,
            });
        }
        let tasks = self.routing.next.len();
        (tasks > self.settings.tasks_max).then(|| RunError::TooManyTasks {
            thread: thread(),
            step: self.step.next(),
            tasks,
            limit: self.settings.tasks_max,
        })
    }

    /// The next task to run, if it has a place and nothing else is to be done before.
    pub(crate) fn poll_task(&mut self) -> Option<RunTask<S>> {
        if !self.actions.is_empty() {
            return None;
        }
        let slot = match &mut self.phase {
            Phase::Alone { .. } => return self.run_alone(),
            Phase::Running(superstep) => superstep.start_next(self.settings.max_concurrency)?,
            _ => return None,
        };
        let run = self.run_of(slot)?;
        if self.settings.watched.contains(StreamMode::Tasks) {
            let emission = Emission::Started {
                task: run.task.clone(),
                attempt: run.attempt,
                input: run.input.clone(),
            };
            self.act(Action::Emit {
                step: self.step,
                emission: Box::new(emission),
            });
            self.act(Action::RunTask(run));
            return None;
        }
        Some(run)
    }

    fn run_of(&self, index: usize) -> Option<RunTask<S>> {
        let Phase::Running(superstep) = &self.phase else {
            return None;
        };
        let slot = &superstep.slots()[index];
        let state = || Arc::clone(slot.lane.as_ref().map_or(&self.state, |lane| &lane.view));
        let extra = slot.extra.as_deref().map(|extra| {
            let failure = extra.failure.clone();
            Box::new(RunExtra {
                timeout: extra.timeout,
                failure: failure.map(|failure| (failure, state())),
            })
        });
        Some(RunTask {
            slot: index,
            task: slot.task.clone(),
            node: slot.node,
            input: match &slot.payload {
                Some(payload) => TaskInput::Payload(payload.clone()),
                None => TaskInput::State(state()),
            },
            attempt: slot.attempt,
            base: self.base(),
            extra,
        })
    }

    /// The tasks that run after a checkpoint, as they will be called.
    pub(super) fn tasks_of(&self, transition: &Transition<S>) -> Vec<TaskId> {
        if transition.input.is_some() {
            let (step, node) = (transition.step.next(), crate::START.into());
            return vec![TaskId {
                step,
                node,
                index: 0,
            }];
        }
        self.tasks_after(transition.step, &transition.next)
    }

    /// The tasks that are scheduled after `step`, as they are called.
    pub(super) fn tasks_after(&self, step: Step, next: &[Scheduled]) -> Vec<TaskId> {
        let mut sends = 0;
        let tasks = next.iter().map(|scheduled| {
            sends += u32::from(scheduled.payload.is_some());
            let index = if scheduled.payload.is_some() {
                sends
            } else {
                0
            };
            let node = &self.plan.nodes[scheduled.node].id;
            task_of(node, step.next(), scheduled, index)
        });
        tasks.collect()
    }
}

pub(super) fn task_of(
    node: &crate::NodeId,
    step: Step,
    scheduled: &Scheduled,
    index: u32,
) -> TaskId {
    let called = match &scheduled.extra {
        Some(extra) => extra.called.as_ref(),
        None => None,
    };
    TaskId {
        step,
        node: called.unwrap_or(node).clone(),
        index,
    }
}

impl<S: State> Slot<S> {
    pub(super) fn new(task: TaskId, scheduled: Scheduled) -> Self {
        let extra = scheduled.extra.and_then(|extra| {
            let ScheduledExtra { timeout, .. } = *extra;
            timeout.map(|timeout| {
                Box::new(SlotExtra {
                    timeout: Some(timeout),
                    ..SlotExtra::default()
                })
            })
        });
        Self {
            task,
            node: scheduled.node,
            payload: scheduled.payload,
            attempt: 1,
            lane: None,
            extra,
            status: Status::Waiting,
        }
    }

    /// The task was done in an earlier run.
    pub(super) fn take_over(&mut self, done: Finished<S>) {
        if done.handled || done.beside.is_some() {
            let extra = self.extra_mut();
            extra.handled = done.handled;
            extra.beside = done.beside;
        }
        self.status = Status::Done {
            command: done.command,
            saved: true,
        };
    }
}
