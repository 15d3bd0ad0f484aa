//! What happens when a node fails: another attempt, its error handler, or the end of
//! the run.

use super::action::{Emission, Save, Saved, TaskEnd};
use super::slot::Status;
use super::{Action, End, Engine, Phase};
use crate::BoxError;
use crate::error::{BadAnswer, NodeError, NodeErrorKind, NodeFailure, RunError};
use crate::state::State;
use crate::stream::StreamMode;

impl<S: State> Engine<S> {
    pub(super) fn task_failed(&mut self, slot: usize, error: NodeError) {
        let error = match error.0 {
            NodeErrorKind::Cancelled(reason) => return self.cancel(reason),
            kind => NodeError(kind),
        };
        let may_help = matches!(error.0, NodeErrorKind::Failed(_));
        let source = error.into_source();
        if may_help {
            match self.tries_again(slot, &source) {
                Ok(true) => return,
                Ok(false) => {}
                Err(panicked) => return self.abort(End::gave_up(panicked), Vec::new()),
            }
        }
        if self.is_handled_here(slot, &source) {
            return self.handle_failure(slot, &source);
        }
        self.show_end(slot, || TaskEnd::Failed(source.to_string()));
        let Phase::Running(superstep) = &self.phase else {
            return;
        };
        let failed = &superstep.slots()[slot];
        let (task, attempt) = (failed.task.clone(), failed.attempt);
        let what = Saved::Error {
            failure: NodeFailure::new(task.node.clone(), attempt, &source),
            // The question is open again.
            taken_back: source.downcast_ref::<BadAnswer>().map(|bad| bad.id.clone()),
        };
        let record = Save {
            slot,
            task: task.clone(),
            base: self.base(),
            what,
            wake: None,
        };
        let error = RunError::NodeFailed {
            thread: self.settings.thread.clone(),
            node: task.node,
            step: task.step,
            attempt,
            source,
        };
        self.abort(End::Failed { error, may_help }, vec![record]);
    }

    /// Gives the task another attempt, if a policy that fits has one left.
    ///
    /// # Errors
    /// If what a policy asks about the failure panics.
    fn tries_again(&mut self, slot: usize, error: &BoxError) -> Result<bool, RunError> {
        let Some(place) = self.policy_that_fits(slot, error)? else {
            return Ok(false);
        };
        let Phase::Running(superstep) = &mut self.phase else {
            return Ok(false);
        };
        let failed = &mut superstep.slots_mut()[slot];
        let policies = &self.plan.nodes[failed.node].options.retry;
        let policy = policies[place];
        let decided = &mut failed.extra_mut().decided;
        decided.resize(policies.len(), 0);
        decided[place] += 1;
        let failures = decided[place];
        if failures >= policy.max_attempts {
            return Ok(false);
        }
        let (task, attempt) = (failed.task.clone(), failed.attempt);
        superstep.set(slot, Status::BackingOff);
        let jitter = policy.jitter_of(self.settings.thread.as_str(), &task.to_string(), failures);
        if self.settings.watched.contains(StreamMode::Tasks) {
            let emission = Box::new(Emission::Retries {
                task,
                attempt,
                error: error.to_string(),
            });
            let step = self.step;
            self.act(Action::Emit { step, emission });
        }
        let wait = policy.delay_after(failures).saturating_add(jitter);
        self.act(Action::ArmTimer { slot, wait });
        Ok(true)
    }

    /// The place of the retry policy that decides about a failure. None does about an
    /// error handler's, which is not tried again.
    fn policy_that_fits(
        &mut self,
        slot: usize,
        error: &BoxError,
    ) -> Result<Option<usize>, RunError> {
        self.guarded("a retry policy", |engine| {
            let Phase::Running(superstep) = &engine.phase else {
                return Ok(None);
            };
            let failed = &superstep.slots()[slot];
            let extra = failed.extra.as_ref();
            if extra.is_some_and(|extra| extra.failure.is_some()) {
                return Ok(None);
            }
            let policies = &engine.plan.nodes[failed.node].options.retry;
            Ok(policies.iter().position(|policy| policy.fits(error)))
        })
    }

    /// Whether the node's error handler takes this failure.
    fn is_handled_here(&self, slot: usize, error: &BoxError) -> bool {
        let Phase::Running(superstep) = &self.phase else {
            return false;
        };
        let failed = &superstep.slots()[slot];
        let is_handler = failed
            .extra
            .as_ref()
            .is_some_and(|extra| extra.failure.is_some());
        // A bad answer is not the node's failure: the question is asked again.
        self.plan.nodes[failed.node].options.handler.is_some()
            && !is_handler
            && !error.is::<BadAnswer>()
    }

    /// Runs the error handler, after the store knows that the node is not to run again.
    fn handle_failure(&mut self, slot: usize, error: &BoxError) {
        let (save_now, base) = (self.saves_now(), self.base());
        let Phase::Running(superstep) = &mut self.phase else {
            return;
        };
        let failed = &mut superstep.slots_mut()[slot];
        let task = failed.task.clone();
        let failure = NodeFailure::new(task.node.clone(), failed.attempt, error);
        failed.extra_mut().failure = Some(failure.clone());
        if save_now {
            superstep.set(slot, Status::Failing);
            self.save(Save {
                slot,
                task,
                base,
                what: Saved::Handling(failure),
                wake: None,
            });
        } else {
            superstep.handle_failure(slot);
        }
    }

    /// A backed-off task waits for a place again.
    pub(super) fn run_again(&mut self, slot: usize) {
        let Phase::Running(superstep) = &mut self.phase else {
            return;
        };
        superstep.wait_again(slot);
    }

    /// Ends the run in the middle of a superstep: none of its writes counts, but what
    /// finished stays finished, and what was asked stays asked.
    pub(super) fn abort(&mut self, end: End<S>, mut saves: Vec<Save<S>>) {
        saves.splice(0..0, self.unsaved_work());
        self.act(Action::StopTasks);
        self.close(end, saves);
    }
}
