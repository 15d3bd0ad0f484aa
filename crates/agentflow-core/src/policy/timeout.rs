//! How long one attempt of a node may take.

use std::time::Duration;

/// How long one attempt of a node may take. An attempt over its time is dropped with
/// all it was about to write, and fails with [`crate::NodeTimeout`], which a
/// [`crate::RetryPolicy`] may give another attempt.
///
/// A node that never waits cannot be timed out: it holds the executor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeoutPolicy {
    /// From its start to its end, whatever it does. No limit by default.
    pub run: Option<Duration>,
    /// Without a sign of life: an event it emits, [`crate::NodeContext::heartbeat`], or in
    /// a graph that it runs one of these, a task that finishes or a superstep's end.
    /// No limit by default.
    pub idle: Option<Duration>,
}

impl TimeoutPolicy {
    /// At most so long from start to end.
    #[must_use]
    pub fn run(limit: Duration) -> Self {
        Self {
            run: Some(limit),
            idle: None,
        }
    }

    /// At most so long without a sign of life.
    #[must_use]
    pub fn idle(limit: Duration) -> Self {
        Self {
            run: None,
            idle: Some(limit),
        }
    }
}

impl From<Duration> for TimeoutPolicy {
    fn from(limit: Duration) -> Self {
        Self::run(limit)
    }
}
