//! Leaves a server alone that has failed too often, so that callers learn at once what they
//! would else wait for, and the server is not kept down by whoever waits for it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Request;
use crate::error::GitHubError;

/// Longest pause; who wants it for good does not ask.
const PAUSE_MAX: Duration = Duration::from_secs(24 * 3_600);

/// When a client leaves its server alone, and for how long.
///
/// A failure is an answer with a status of 500 or more, or none at all. After the pause one
/// request is let through as a trial, and how it ends decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CircuitPolicy {
    /// Failures in a row after which the server is left alone, 10 by default; at least one.
    ///
    /// More than one call's attempts, so that a single slow path closes nothing.
    pub failures_max: u32,
    /// For how long, 30 s by default; at most a day.
    pub pause: Duration,
}

impl Default for CircuitPolicy {
    fn default() -> Self {
        Self {
            failures_max: 10,
            pause: Duration::from_secs(30),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Circuit {
    policy: CircuitPolicy,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// In a row.
    failures: u32,
    open_until: Option<Instant>,
    /// A request is on its way that decides.
    on_trial: bool,
}

/// A request that was let through; what it learns is to be told.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    circuit: &'a Circuit,
    is_trial: bool,
}

impl Circuit {
    pub(crate) fn new(policy: CircuitPolicy) -> Self {
        Self {
            policy,
            seen: Mutex::default(),
        }
    }

    /// # Errors
    /// [`GitHubError::CircuitOpen`] while the server is left alone.
    pub(crate) fn enter(&self, request: &Request) -> Result<Passage<'_>, GitHubError> {
        let now = Instant::now();
        let mut seen = self.seen();
        let Some(until) = seen.open_until else {
            return Ok(Passage {
                circuit: self,
                is_trial: false,
            });
        };
        let wait = until.saturating_duration_since(now);
        if seen.on_trial || !wait.is_zero() {
            return Err(GitHubError::CircuitOpen {
                call: request.call.clone(),
                failures: seen.failures,
                retry_after: wait,
            });
        }
        seen.on_trial = true;
        Ok(Passage {
            circuit: self,
            is_trial: true,
        })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passage<'_> {
    /// The server answered, whatever it said.
    pub(crate) fn answered(self) {
        let mut seen = self.circuit.seen();
        seen.failures = 0;
        seen.open_until = None;
    }

    /// The server failed, or was not there.
    pub(crate) fn failed(self) {
        let policy = &self.circuit.policy;
        let mut seen = self.circuit.seen();
        seen.failures = seen.failures.saturating_add(1);
        if self.is_trial || seen.failures >= policy.failures_max.max(1) {
            seen.open_until = Some(Instant::now() + policy.pause.min(PAUSE_MAX));
        }
    }
}

impl Drop for Passage<'_> {
    // A trial whose caller gave up has decided nothing: the next request is one.
    fn drop(&mut self) {
        if self.is_trial {
            self.circuit.seen().on_trial = false;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::error::Call;
    use crate::wire::Route;

    fn read() -> Request {
        Request::get(Call::new("read", "it"), Route::new("user")).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_fails_is_left_alone_and_tried_by_one() {
        let circuit = Circuit::new(CircuitPolicy {
            failures_max: 2,
            pause: Duration::from_secs(30),
        });
        let read = read();
        circuit.enter(&read).unwrap().failed();
        circuit.enter(&read).unwrap().answered();
        circuit.enter(&read).unwrap().failed();
        circuit.enter(&read).unwrap().failed();
        let refused = circuit.enter(&read).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "read it: the server failed 2 times in a row and is not asked for 30 s"
        );
        assert!(refused.is_retryable() && !refused.outcome_unknown());

        tokio::time::advance(Duration::from_secs(30)).await;
        let trial = circuit.enter(&read).unwrap();
        circuit.enter(&read).unwrap_err();
        trial.failed();
        circuit.enter(&read).unwrap_err();

        tokio::time::advance(Duration::from_secs(30)).await;
        drop(circuit.enter(&read).unwrap());
        circuit.enter(&read).unwrap().answered();
        circuit.enter(&read).unwrap().failed();
        circuit.enter(&read).unwrap();
    }
}
