//! How often and how patiently a failing node is run again.

use std::time::Duration;

use crate::BoxError;

/// When and how often a node runs again after it failed.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// How often the node runs at most, the first time included; 3 by default.
    pub max_attempts: u32,
    /// The wait before the second attempt, 500 ms by default.
    pub first_delay: Duration,
    /// What the wait is multiplied with from attempt to attempt, 2 by default.
    pub factor: u32,
    /// The longest wait, 128 s by default: beyond it a person should know.
    pub max_delay: Duration,
    /// Which failures are worth another attempt.
    pub when: RetryWhen,
}

/// Which failures are worth another attempt.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum RetryWhen {
    /// All but those made by [`crate::NodeError::fatal`].
    Always,
    /// Those for which this says yes.
    If(fn(&BoxError) -> bool),
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            first_delay: Duration::from_millis(500),
            factor: 2,
            max_delay: Duration::from_secs(128),
            when: RetryWhen::Always,
        }
    }
}

impl RetryPolicy {
    /// The wait after the failed attempt number `attempt`, from 1.
    #[must_use]
    pub fn delay_after(&self, attempt: u32) -> Duration {
        let factor = self.factor.saturating_pow(attempt.saturating_sub(1));
        self.first_delay.saturating_mul(factor).min(self.max_delay)
    }

    /// Whether `error` in attempt number `attempt` is worth another.
    #[must_use]
    pub fn retries(&self, error: &BoxError, attempt: u32) -> bool {
        attempt < self.max_attempts
            && match self.when {
                RetryWhen::Always => true,
                RetryWhen::If(says_yes) => says_yes(error),
            }
    }
}
