//! How often and how patiently a failing node is run again.

use std::time::Duration;

use crate::BoxError;
use crate::interrupt::derive_bits;

/// When and how often a node runs again after it failed.
///
/// A node may have several; the first whose [`RetryWhen`] fits a failure decides, and
/// each counts only the failures it decided about.
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
    /// At most so much is added to each wait, none by default. How much is drawn from
    /// the task and the attempt, so that tasks that failed together do not all come
    /// back together, and a replay waits the same.
    pub jitter: Duration,
    /// Which failures are worth another attempt.
    pub when: RetryWhen,
}

/// Which failures are worth another attempt.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum RetryWhen {
    /// All but those made by [`crate::NodeError::fatal`].
    Always,
    /// Those for which this says yes. A [`crate::NodeTimeout`] is a failure like others.
    If(fn(&BoxError) -> bool),
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            first_delay: Duration::from_millis(500),
            factor: 2,
            max_delay: Duration::from_secs(128),
            jitter: Duration::ZERO,
            when: RetryWhen::Always,
        }
    }
}

impl RetryPolicy {
    /// The wait after the failed attempt number `attempt`, from 1, without jitter.
    #[must_use]
    pub fn delay_after(&self, attempt: u32) -> Duration {
        let factor = self.factor.saturating_pow(attempt.saturating_sub(1));
        self.first_delay.saturating_mul(factor).min(self.max_delay)
    }

    /// Whether this policy decides about `error`.
    #[must_use]
    pub fn fits(&self, error: &BoxError) -> bool {
        match self.when {
            RetryWhen::Always => true,
            RetryWhen::If(says_yes) => says_yes(error),
        }
    }

    /// The jitter of one attempt of one task. Added after the longest wait is applied.
    pub(crate) fn jitter_of(&self, thread: &str, task: &str, attempt: u32) -> Duration {
        if self.jitter.is_zero() {
            return Duration::ZERO;
        }
        let bits = derive_bits(
            "agentflow retry jitter v1",
            &[thread, task, &attempt.to_string()],
        );
        self.jitter.mul_f64(f64::from(bits) / f64::from(u32::MAX))
    }
}
