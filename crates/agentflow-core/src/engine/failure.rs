//! What happens when a node fails: another attempt, or the end of the run.

use super::action::{Emission, Save, Saved};
use super::slot::Status;
use super::{Action, End, Engine, Phase};
use crate::error::{BadAnswer, NodeError, NodeErrorKind, RunError};
use crate::state::State;
use crate::stream::StreamMode;

impl<S: State> Engine<S> {
    pub(super) fn task_failed(&mut self, slot: usize, error: NodeError) {
        let Phase::Running(superstep) = &mut self.phase else {
            return;
        };
        let failed = &superstep.slots()[slot];
        let (task, attempt) = (failed.task.clone(), failed.attempt);
        let may_help = matches!(error.0, NodeErrorKind::Failed(_));
        let source = error.into_source();
        if let Some(policy) = self.plan.nodes[failed.node].retry
            && may_help
            && policy.retries(&source, attempt)
        {
            superstep.set(slot, Status::BackingOff);
            if self.settings.watched.contains(StreamMode::Tasks) {
                let emission = Emission::Retries {
                    node: task.node,
                    attempt,
                    error: source.to_string(),
                };
                self.act(Action::Emit {
                    step: self.step,
                    emission: Box::new(emission),
                });
            }
            self.act(Action::ArmTimer {
                slot,
                wait: policy.delay_after(attempt),
            });
            return self.fill_places();
        }
        let what = Saved::Error {
            message: source.to_string(),
            // The question is open again.
            taken_back: source.downcast_ref::<BadAnswer>().map(|bad| bad.id.clone()),
        };
        let record = Save {
            slot,
            task: task.clone(),
            base: self.base(),
            what,
        };
        let thread = self.settings.thread.clone();
        let (node, step) = (task.node, task.step);
        let error = RunError::NodeFailed {
            thread,
            node,
            step,
            attempt,
            source,
        };
        self.abort(End::Failed { error, may_help }, vec![record]);
    }

    /// A backed-off task waits for a place again.
    pub(super) fn run_again(&mut self, slot: usize) {
        let Phase::Running(superstep) = &mut self.phase else {
            return;
        };
        superstep.wait_again(slot);
        self.fill_places();
    }

    /// Ends the run in the middle of a superstep: none of its writes counts, but what
    /// finished stays finished, and what was asked stays asked.
    pub(super) fn abort(&mut self, end: End<S>, mut saves: Vec<Save<S>>) {
        saves.splice(0..0, self.unsaved_work());
        self.act(Action::StopTasks);
        self.close(end, saves);
    }
}
