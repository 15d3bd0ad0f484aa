//! Whether a run that failed had a reason to.

use std::error::Error;

use agentflow_core::checkpoint::CheckpointError;
use agentflow_core::{NodeTimeout, RunError};

use super::features::{PLANNED_PANIC, PlannedFailure};
use super::world::{Inner, RunId};

impl Inner {
    /// Whether `error` follows from what the world did to the run.
    pub(super) fn explains(&self, run: RunId, error: &RunError) -> bool {
        let mut link: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(cause) = link {
            if self.explains_link(run, cause) {
                return true;
            }
            link = cause.source();
        }
        false
    }

    fn explains_link(&self, run: RunId, cause: &(dyn Error + 'static)) -> bool {
        if cause.is::<PlannedFailure>() {
            return true;
        }
        if let Some(error) = cause.downcast_ref::<CheckpointError>() {
            return self.explains_store(run, error);
        }
        if let Some(error) = cause.downcast_ref::<RunError>() {
            return self.explains_run(run, error);
        }
        if cause.is::<NodeTimeout>() {
            return self.is_hurried();
        }
        let message = cause.to_string();
        // The library's own error for an answer that does not decode is not public.
        message.contains(PLANNED_PANIC)
            || (self.bad_answers > 0 && message.contains("cannot take this answer"))
    }

    fn explains_store(&self, run: RunId, error: &CheckpointError) -> bool {
        match error {
            CheckpointError::Unavailable { source, .. } => {
                let note = &self.runs[run as usize];
                note.faults > 0
                    || (self.is_hurried() && source.to_string().contains("the lease ran out"))
            }
            CheckpointError::Fenced { .. } | CheckpointError::Conflict { .. } => {
                !self.holds_lease(run)
            }
            _ => false,
        }
    }

    /// Whether time may pass faster than calls to the store.
    pub(super) fn is_hurried(&self) -> bool {
        self.weather.time_leap > 0 || self.weather.takeover > 0
    }

    fn explains_run(&self, run: RunId, error: &RunError) -> bool {
        let moved_on = self.runs[run as usize].asked_at != self.witness.version;
        match error {
            RunError::ThreadBusy { .. } => {
                self.report.rivals > 0
                    || self.report.crashes > 0
                    || self.report.faults > 0
                    || self.weather.late > 0
            }
            RunError::EmptyThread { .. } => self.report.rivals > 0,
            RunError::Cancelled { .. } => self.runs[run as usize].control.is_cancelled(),
            // It was forgotten under a run that had lost the thread to another.
            RunError::NoSuchCheckpoint { .. } => self.weather.prune > 0 && !self.holds_lease(run),
            RunError::NothingToResume { .. }
            | RunError::AmbiguousAnswer { .. }
            | RunError::UnknownInterrupt { .. } => moved_on,
            _ => false,
        }
    }
}
