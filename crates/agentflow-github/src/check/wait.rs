//! Waits until the checks of a commit are finished.
//!
//! `CheckWatch` decides from what was seen and when, without reading a clock; the loop only
//! looks and sleeps.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::check::CheckSummary;
use crate::client::Repo;
use crate::error::GitHubError;

/// How to wait for checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// A wait for the checks of one commit, as data: whoever keeps it may go on with it in another
/// process, and no time is lost.
///
/// It reads no clock and never sleeps. A durable workflow looks with
/// [`Repo::check_summary`](crate::Repo::check_summary), shows what it saw, keeps the watch in its
/// state, and sleeps on a durable timer until the next look.
///
/// ```
/// use agentflow_github::{CheckSummary, CheckWatch, NextLook, WaitPolicy};
/// use jiff::{SignedDuration, Timestamp};
///
/// let start: Timestamp = "2026-11-03T10:00:00Z".parse()?;
/// let mut watch = CheckWatch::begin(start);
/// // No checks at all: it waits a while for the first one, then takes that for the answer.
/// let policy = WaitPolicy::default();
/// let next = watch.saw(&policy, start, &CheckSummary::default());
/// assert_eq!(next, NextLook::At(start + SignedDuration::from_secs(15)));
///
/// let kept = serde_json::to_string(&watch)?;
/// let mut watch: CheckWatch = serde_json::from_str(&kept)?;
/// let later = start + SignedDuration::from_secs(30);
/// assert_eq!(watch.saw(&policy, later, &CheckSummary::default()), NextLook::Never);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckWatch {
    began: Timestamp,
    /// The finished checks last seen, and since when they are the same.
    finished: Option<(Timestamp, CheckSummary)>,
}

/// When to look at the checks again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextLook {
    /// They are finished, and what was seen last is the answer.
    Never,
    /// Then.
    At(Timestamp),
    /// Time is up, and some are not finished.
    TooLate,
}

impl CheckWatch {
    /// Begins to wait.
    pub fn begin(now: Timestamp) -> Self {
        Self {
            began: now,
            finished: None,
        }
    }

    /// Since when it waits.
    pub fn began(&self) -> Timestamp {
        self.began
    }

    /// When to look again after the checks were seen like this.
    pub fn saw(&mut self, policy: &WaitPolicy, now: Timestamp, summary: &CheckSummary) -> NextLook {
        let left = self.left(policy, now);
        if !summary.waiting.is_empty() {
            self.finished = None;
            return left.map_or(NextLook::TooLate, |left| {
                NextLook::At(later(now, policy.interval.min(left)))
            });
        }
        let since = match self.finished.take() {
            Some((since, seen)) if seen == *summary => since,
            _ => now,
        };
        self.finished = Some((since, summary.clone()));
        let settled_in = policy.settle.saturating_sub(between(since, now));
        match left {
            Some(left) if !settled_in.is_zero() => {
                NextLook::At(later(now, policy.interval.min(settled_in).min(left)))
            }
            _ => NextLook::Never,
        }
    }

    /// Time left for the next look, if any.
    fn left(&self, policy: &WaitPolicy, now: Timestamp) -> Option<Duration> {
        let left = policy.timeout.checked_sub(between(self.began, now));
        left.filter(|left| !left.is_zero())
    }
}

/// So much after a time, or the last one there is.
fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// How long it is from one time to another; nothing where a clock was set back.
fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or_default()
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
        let (began, started) = (Timestamp::now(), Instant::now());
        let mut watch = CheckWatch::begin(began);
        loop {
            let looked = self.check_summary(sha).await;
            // Not the clock on the wall, which may be set while we wait.
            let now = began + started.elapsed();
            let wait = match looked {
                Ok(summary) => match watch.saw(policy, now, &summary) {
                    NextLook::Never => return Ok(summary),
                    NextLook::At(then) => between(now, then),
                    NextLook::TooLate => {
                        return Err(GitHubError::ChecksPending {
                            call: self.call("wait for the checks of", format_args!("@{sha}")),
                            waited: started.elapsed(),
                            waiting: summary.waiting,
                        });
                    }
                },
                Err(error) => match watch.left(policy, now) {
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
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn summary(passed: &[&str], waiting: &[&str]) -> CheckSummary {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        CheckSummary {
            passed: names(passed),
            waiting: names(waiting),
            failed: Vec::new(),
        }
    }

    /// What the watch says at each of `looks`: seconds since the start, passed, waiting.
    fn check(name: &str, looks: &[(i64, &[&str], &[&str], NextLook)]) {
        let policy = WaitPolicy {
            interval: Duration::from_secs(15),
            settle: Duration::from_secs(20),
            timeout: Duration::from_secs(100),
        };
        let mut watch = CheckWatch::begin(Timestamp::UNIX_EPOCH);
        for (at, passed, waiting, want) in looks {
            let got = watch.saw(&policy, second(*at), &summary(passed, waiting));
            assert_eq!(got, *want, "{name} at {at} s");
        }
    }

    #[test]
    fn it_ends_when_the_finished_checks_stay_the_same() {
        check(
            "they finish and stay",
            &[
                (0, &[], &["a"], NextLook::At(second(15))),
                (15, &["a"], &[], NextLook::At(second(30))),
                (30, &["a"], &[], NextLook::At(second(35))),
                (35, &["a"], &[], NextLook::Never),
            ],
        );
        check(
            "another starts late",
            &[
                (0, &["a"], &[], NextLook::At(second(15))),
                (15, &["a"], &["b"], NextLook::At(second(30))),
                (30, &["a", "b"], &[], NextLook::At(second(45))),
                (50, &["a", "b"], &[], NextLook::Never),
            ],
        );
        check(
            "another finished between two looks",
            &[
                (0, &["a"], &[], NextLook::At(second(15))),
                (20, &["a", "b"], &[], NextLook::At(second(35))),
                (40, &["a", "b"], &[], NextLook::Never),
            ],
        );
        check(
            "there are none",
            &[
                (0, &[], &[], NextLook::At(second(15))),
                (20, &[], &[], NextLook::Never),
            ],
        );
        check(
            "time is up",
            &[
                (90, &[], &["a"], NextLook::At(second(100))),
                (100, &[], &["a"], NextLook::TooLate),
            ],
        );
        check(
            "time is up before they settled",
            &[
                (99, &["a"], &[], NextLook::At(second(100))),
                (100, &["a"], &[], NextLook::Never),
            ],
        );
    }
}
