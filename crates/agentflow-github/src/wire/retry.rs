//! Decides whether and when a failed attempt is made again.
//!
//! Pure but for the jitter: `transport` sleeps. A write whose outcome is unknown is never
//! repeated here; only its caller can look whether it happened.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};

use crate::error::{GitHubError, RateLimit};

/// When a call is made again by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, 4 by default; 1 never repeats.
    pub attempts_max: u32,
    /// Wait after the first failure, 500 ms by default; it doubles, with jitter.
    pub delay_min: Duration,
    /// Longest wait after a failure, 30 s by default.
    pub delay_max: Duration,
    /// Longest wait that a rate limit may ask for, 90 s by default.
    ///
    /// GitHub's secondary limit asks for a minute. A longer wait is the caller's to plan: a
    /// durable timer costs nothing, a sleeping call holds a worker.
    pub limit_wait_max: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts_max: 4,
            delay_min: Duration::from_millis(500),
            delay_max: Duration::from_secs(30),
            limit_wait_max: Duration::from_secs(90),
        }
    }
}

impl RetryPolicy {
    /// One attempt, no wait.
    pub fn never() -> Self {
        Self {
            attempts_max: 1,
            ..Self::default()
        }
    }

    /// The waits between attempts, one for each repetition that is allowed.
    pub(crate) fn delays(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::default()
            .with_min_delay(self.delay_min)
            .with_max_delay(self.delay_max)
            .with_max_times(self.attempts_max.saturating_sub(1) as usize)
            .with_jitter()
            .build()
    }

    /// How long to wait before making a call again that failed with `error`, if at all.
    pub(crate) fn wait_after(&self, error: &GitHubError, backoff: Duration) -> Option<Duration> {
        match error {
            // It has waited for its turn already, as long as it may.
            GitHubError::RateLimited {
                limit: RateLimit::Pace,
                ..
            } => None,
            GitHubError::RateLimited { retry_after, .. } => {
                (*retry_after <= self.limit_wait_max).then(|| (*retry_after).max(backoff))
            }
            GitHubError::Unavailable { .. } if error.is_retryable() => Some(backoff),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Call, Repeat};

    fn unavailable(repeat: Repeat) -> GitHubError {
        let call = Call::new("read", "it");
        GitHubError::Unavailable {
            call,
            status: Some(502),
            repeat,
            source: None,
        }
    }

    fn limited(seconds: u64) -> GitHubError {
        GitHubError::RateLimited {
            call: Call::new("read", "it"),
            limit: RateLimit::Secondary,
            retry_after: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn only_what_is_safe_and_soon_is_repeated() {
        let second = Duration::from_secs(1);
        let not_found = GitHubError::NotFound {
            call: Call::new("read", "it"),
            message: String::new(),
        };
        for (name, error, want) in [
            ("a failed read", unavailable(Repeat::Safe), Some(1)),
            (
                "a write of unknown outcome",
                unavailable(Repeat::LookFirst),
                None,
            ),
            ("a limit that says when", limited(8), Some(8)),
            ("a limit shorter than the backoff", limited(0), Some(1)),
            ("a limit that lasts too long", limited(91), None),
            ("an answer that will not change", not_found, None),
        ] {
            let got = RetryPolicy::default().wait_after(&error, second);
            assert_eq!(got, want.map(Duration::from_secs), "{name}");
        }
    }

    #[test]
    fn one_wait_fewer_than_attempts() {
        assert_eq!(RetryPolicy::default().delays().count(), 3);
        assert_eq!(RetryPolicy::never().delays().count(), 0);
    }
}
