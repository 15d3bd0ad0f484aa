//! Waits until the checks of a commit are finished.
//!
//! `Watch` decides from what was seen and when, without reading a clock; the loop only looks
//! and sleeps. A durable wait over hours is better built from
//! [`check_summary`](crate::Repo::check_summary) and a timer of the caller's.

use std::time::Duration;

use tokio::time::Instant;

use crate::check::CheckSummary;
use crate::client::Repo;
use crate::error::GitHubError;

/// How to wait for checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitPolicy {
    /// Time between two looks, 15 s by default: far below GitHub's 5,000 requests an hour.
    pub interval: Duration,
    /// How long the finished checks must stay the same, 30 s by default.
    ///
    /// CI adds checks late: one workflow starts another. Also how long to wait for the first
    /// check of a repository that may have none.
    pub settle: Duration,
    /// Longest wait in all, 30 min by default.
    pub timeout: Duration,
}

impl Default for WaitPolicy {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(15),
            settle: Duration::from_secs(30),
            timeout: Duration::from_secs(30 * 60),
        }
    }
}

/// What to do after a look.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Done,
    LookAgainIn(Duration),
    GiveUp,
}

/// What was seen so far.
struct Watch<'a> {
    policy: &'a WaitPolicy,
    started: Instant,
    /// The finished checks last seen, and since when they are the same.
    finished: Option<(Instant, CheckSummary)>,
}

impl<'a> Watch<'a> {
    fn new(policy: &'a WaitPolicy, now: Instant) -> Self {
        Self {
            policy,
            started: now,
            finished: None,
        }
    }

    fn saw(&mut self, now: Instant, summary: &CheckSummary) -> Next {
        let left = self.left(now);
        if !summary.waiting.is_empty() {
            self.finished = None;
            return match left {
                Some(left) => Next::LookAgainIn(self.policy.interval.min(left)),
                None => Next::GiveUp,
            };
        }
        let since = match self.finished.take() {
            Some((since, seen)) if seen == *summary => since,
            _ => now,
        };
        self.finished = Some((since, summary.clone()));
        let settled_in = self.policy.settle.saturating_sub(now - since);
        match left {
            Some(left) if !settled_in.is_zero() => {
                Next::LookAgainIn(self.policy.interval.min(settled_in).min(left))
            }
            _ => Next::Done,
        }
    }

    /// Time left for the next look, if any.
    fn left(&self, now: Instant) -> Option<Duration> {
        self.policy
            .timeout
            .checked_sub(now - self.started)
            .filter(|left| !left.is_zero())
    }
}

impl Repo {
    /// Waits until all checks of a commit are finished and stay so for the time to settle.
    ///
    /// A repository without checks gives [`CheckState::Absent`](crate::CheckState::Absent) after
    /// that time. Failures that may pass, such as an outage, are waited out.
    ///
    /// # Errors
    ///
    /// [`GitHubError::ChecksPending`] where they are not finished in time, with their names; else
    /// as [`check_summary`](Self::check_summary).
    ///
    /// # Cancel safety
    ///
    /// Only reads: may be dropped at any point.
    pub async fn wait_for_checks(
        &self,
        sha: &str,
        policy: &WaitPolicy,
    ) -> Result<CheckSummary, GitHubError> {
        let mut watch = Watch::new(policy, Instant::now());
        loop {
            let looked = self.check_summary(sha).await;
            let now = Instant::now();
            let wait = match looked {
                Ok(summary) => match watch.saw(now, &summary) {
                    Next::Done => return Ok(summary),
                    Next::LookAgainIn(wait) => wait,
                    Next::GiveUp => {
                        return Err(GitHubError::ChecksPending {
                            call: self.call("wait for the checks of", format_args!("@{sha}")),
                            waited: now - watch.started,
                            waiting: summary.waiting,
                        });
                    }
                },
                Err(error) => match watch.left(now) {
                    Some(left) if error.is_retryable() => error
                        .retry_after()
                        .unwrap_or_default()
                        .max(policy.interval)
                        .min(left),
                    _ => return Err(error),
                },
            };
            tokio::time::sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(passed: &[&str], waiting: &[&str]) -> CheckSummary {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        CheckSummary {
            passed: names(passed),
            waiting: names(waiting),
            failed: Vec::new(),
        }
    }

    /// What the watch says at each of `looks`: seconds since the start, passed, waiting.
    fn check(name: &str, looks: &[(u64, &[&str], &[&str], Next)]) {
        let policy = WaitPolicy {
            interval: Duration::from_secs(15),
            settle: Duration::from_secs(20),
            timeout: Duration::from_secs(100),
        };
        let start = Instant::now();
        let mut watch = Watch::new(&policy, start);
        for (at, passed, waiting, want) in looks {
            let got = watch.saw(start + Duration::from_secs(*at), &summary(passed, waiting));
            assert_eq!(got, *want, "{name} at {at} s");
        }
    }

    #[test]
    fn it_ends_when_the_finished_checks_stay_the_same() {
        let again = |seconds| Next::LookAgainIn(Duration::from_secs(seconds));
        check(
            "they finish and stay",
            &[
                (0, &[], &["a"], again(15)),
                (15, &["a"], &[], again(15)),
                (30, &["a"], &[], again(5)),
                (35, &["a"], &[], Next::Done),
            ],
        );
        check(
            "another starts late",
            &[
                (0, &["a"], &[], again(15)),
                (15, &["a"], &["b"], again(15)),
                (30, &["a", "b"], &[], again(15)),
                (50, &["a", "b"], &[], Next::Done),
            ],
        );
        check(
            "another finished between two looks",
            &[
                (0, &["a"], &[], again(15)),
                (20, &["a", "b"], &[], again(15)),
                (40, &["a", "b"], &[], Next::Done),
            ],
        );
        check(
            "there are none",
            &[(0, &[], &[], again(15)), (20, &[], &[], Next::Done)],
        );
        check(
            "time is up",
            &[
                (90, &[], &["a"], again(10)),
                (100, &[], &["a"], Next::GiveUp),
            ],
        );
        check(
            "time is up before they settled",
            &[(99, &["a"], &[], again(1)), (100, &["a"], &[], Next::Done)],
        );
    }
}
