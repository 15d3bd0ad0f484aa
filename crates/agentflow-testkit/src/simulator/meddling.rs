//! What people do to a thread while it runs, without running it.

use agentflow_core::checkpoint::Checkpointer;
use futures::FutureExt;

use super::client::THREAD;
use super::world::{Inner, RunId};

/// Checkpoints that are kept at most when others are forgotten.
const KEEP_MAX: usize = 3;

impl Inner {
    /// Asks one of the runs to pause or to stop, tells the thread of an event, or forgets
    /// its oldest checkpoints.
    pub(super) fn meddle(&mut self, live: &[RunId]) {
        let weather = self.weather;
        if self.strikes(weather.drain) {
            let run = *self.random.pick(live);
            self.journal.note(|| format!("run {run} is asked to pause"));
            self.report.stops += 1;
            self.ask(run, true);
        }
        if self.strikes(weather.cancel) {
            let run = *self.random.pick(live);
            self.journal.note(|| format!("run {run} is asked to stop"));
            self.report.stops += 1;
            self.ask(run, false);
        }
        if self.strikes(weather.early) {
            self.deliver_early();
        }
        if self.strikes(weather.prune) {
            let keep = 1 + u32::try_from(self.random.below(KEEP_MAX)).unwrap_or(0);
            let pruned = self
                .memory
                .prune(&THREAD.into(), keep.into())
                .now_or_never();
            let pruned = pruned.and_then(Result::ok).unwrap_or_default();
            self.report.pruned += pruned;
            self.journal
                .note(|| format!("{pruned} old checkpoints are forgotten, {keep} stay"));
        }
    }
}
