//! A superstep of one task in a run that nothing stores and nobody watches. All there is
//! to remember until it ends is that it runs, and most runs without a store are made of
//! such supersteps. What is out of the ordinary turns it into a superstep like any other.

use std::sync::Arc;

use super::action::{Beside, RunTask};
use super::prepare::task_of;
use super::slot::Slot;
use super::{End, Engine, Phase, Settings};
use crate::command::Command;
use crate::error::{NodeResult, RunError};
use crate::graph::TaskInput;
use crate::id::{CheckpointId, TaskId};
use crate::policy::Scheduling;
use crate::state::State;

impl Settings {
    /// Whether nobody asks what happens within a superstep.
    pub(super) fn is_plain(&self) -> bool {
        self.durability.is_none()
            && self.watched.is_none()
            && self.step_timeout.is_none()
            && self.breakpoints.is_none()
            && self.scheduling == Scheduling::Supersteps
    }
}

impl<S: State> Engine<S> {
    /// Begins the superstep if it is one of those. What is scheduled stays so until it ends.
    pub(super) fn begin_alone(&mut self) -> bool {
        let [scheduled] = &self.routing.next[..] else {
            return false;
        };
        if !self.is_plain || scheduled.payload.is_some() || scheduled.extra.is_some() {
            return false;
        }
        let next = scheduled.node;
        match &mut self.phase {
            // One after another, as usual: there is nothing else to let go of.
            Phase::Alone { node, begun } => (*node, *begun) = (next, false),
            phase => {
                *phase = Phase::Alone {
                    node: next,
                    begun: false,
                }
            }
        }
        true
    }

    /// Hands out the task of such a superstep.
    pub(super) fn run_alone(&mut self) -> Option<RunTask<S>> {
        let Phase::Alone { node, begun } = &mut self.phase else {
            return None;
        };
        if std::mem::replace(begun, true) {
            return None;
        }
        Some(RunTask {
            slot: 0,
            task: TaskId {
                step: self.step,
                node: self.plan.nodes[*node].id.clone(),
                index: 0,
            },
            node: *node,
            input: TaskInput::State(Arc::clone(&self.state)),
            attempt: 1,
            base: self.base(),
            extra: None,
        })
    }

    /// Ends the superstep, unless the task failed, asks, or says where to go.
    pub(super) fn alone_finished(
        &mut self,
        node: usize,
        result: NodeResult<Command<S>>,
        beside: Option<Box<Beside>>,
    ) {
        match result {
            Ok(Command { update, goto }) if goto.is_empty() && beside.is_none() => {
                match self.finish_only(node, update) {
                    Ok(()) => {
                        self.head = Some(CheckpointId::after(self.head));
                        self.newest = self.head;
                        self.begin_superstep();
                    }
                    Err(error) => self.abort(End::gave_up(error), Vec::new()),
                }
            }
            result => {
                self.end_alone();
                self.task_finished(0, result, beside);
            }
        }
    }

    /// Makes it a superstep like any other, whose only task runs.
    fn end_alone(&mut self) {
        let mut superstep = std::mem::take(&mut self.spare);
        for scheduled in self.routing.next.drain(..) {
            let task = task_of(
                &self.plan.nodes[scheduled.node].id,
                self.step,
                &scheduled,
                0,
            );
            superstep.add(Slot::new(task, scheduled));
        }
        superstep.start_next(self.settings.max_concurrency);
        self.phase = Phase::Running(superstep);
    }

    fn finish_only(&mut self, node: usize, update: S::Update) -> Result<(), RunError> {
        self.guarded("a reducer or a router", |engine| {
            let writer = |engine: &Self| engine.plan.nodes[node].id.clone();
            engine.survey_only(&update, writer)?;
            engine.fold_only(node, update, (&[], false), writer)
        })
    }
}
