//! The last events of a world, in words, and a digest of all of them in numbers.

use std::collections::VecDeque;

use super::random::digest;

/// What happened.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// Words cost time, so only a world that is run again to be shown keeps them.
    events_max: usize,
    events: VecDeque<String>,
    digest: u64,
}

impl Journal {
    pub(super) fn keeping(events_max: usize) -> Self {
        Self {
            events_max,
            ..Self::default()
        }
    }

    pub(super) fn note(&mut self, event: impl FnOnce() -> String) {
        if self.events_max == 0 {
            return;
        }
        if self.events.len() == self.events_max {
            self.events.pop_front();
        }
        self.events.push_back(event());
    }

    /// Takes in an action, so that two worlds can be told apart without their words.
    pub(super) fn count(&mut self, run: u32, what: u64) {
        self.digest = digest(&(self.digest, run, what));
    }

    pub(super) fn digest(&self) -> u64 {
        self.digest
    }

    pub(super) fn into_events(self) -> Vec<String> {
        self.events.into()
    }
}
