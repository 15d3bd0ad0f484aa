//! What all checks of a commit say together.
//!
//! Only what they say: which of them are required is the branch's rules, and the server's to
//! enforce when it merges.

use serde::{Deserialize, Serialize};

use crate::check::{CheckConclusion, CheckRun, CheckStatus, CommitState, CommitStatus};
use crate::client::Repo;
use crate::error::GitHubError;
use crate::limits::CHECK_OUTPUT_BYTES_MAX;
use crate::wire::excerpt;

/// The checks of a commit, sorted by how they stand; names are in alphabetical order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckSummary {
    /// The checks that passed, or did not apply.
    pub passed: Vec<String>,
    /// The checks that are not finished.
    pub waiting: Vec<String>,
    /// The checks that failed, with what they wrote.
    pub failed: Vec<FailedCheck>,
}

/// How the checks of a commit stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckState {
    /// There are none, or none yet.
    Absent,
    /// Some are not finished, whatever the others say.
    Pending,
    /// All passed.
    Success,
    /// All are finished, and some failed.
    Failure,
}

/// A check that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FailedCheck {
    /// What it is called.
    pub name: String,
    /// How it ended; none for a commit status, which only fails.
    pub conclusion: Option<CheckConclusion>,
    /// What it wrote: title, summary and details, shortened in the middle.
    pub output: String,
    /// The address of its log.
    pub url: Option<String>,
}

impl CheckSummary {
    /// Sorts check runs and commit statuses.
    pub fn of(runs: &[CheckRun], statuses: &[CommitStatus]) -> Self {
        let mut summary = Self::default();
        for run in runs {
            summary.add_run(run);
        }
        for status in statuses {
            summary.add_status(status);
        }
        summary.passed.sort();
        summary.waiting.sort();
        summary.failed.sort_by(|a, b| a.name.cmp(&b.name));
        summary
    }

    /// How they stand together.
    pub fn state(&self) -> CheckState {
        match (
            self.waiting.is_empty(),
            self.failed.is_empty(),
            self.passed.is_empty(),
        ) {
            (false, ..) => CheckState::Pending,
            (_, false, _) => CheckState::Failure,
            (_, _, false) => CheckState::Success,
            _ => CheckState::Absent,
        }
    }

    fn add_run(&mut self, run: &CheckRun) {
        use CheckConclusion::{Neutral, Skipped, Success};
        if run.status != CheckStatus::Completed {
            self.waiting.push(run.name.clone());
        } else if matches!(run.conclusion, Some(Success | Neutral | Skipped)) {
            self.passed.push(run.name.clone());
        } else {
            let parts = [&run.output.title, &run.output.summary, &run.output.text];
            let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
            self.failed.push(FailedCheck {
                name: run.name.clone(),
                conclusion: run.conclusion,
                output: excerpt(&parts.join("\n\n"), CHECK_OUTPUT_BYTES_MAX),
                url: run.details_url.clone().or_else(|| run.html_url.clone()),
            });
        }
    }

    fn add_status(&mut self, status: &CommitStatus) {
        match status.state {
            CommitState::Success => self.passed.push(status.context.clone()),
            CommitState::Pending => self.waiting.push(status.context.clone()),
            CommitState::Failure | CommitState::Error => self.failed.push(FailedCheck {
                name: status.context.clone(),
                conclusion: None,
                output: excerpt(
                    status.description.as_deref().unwrap_or(""),
                    CHECK_OUTPUT_BYTES_MAX,
                ),
                url: status.target_url.clone(),
            }),
        }
    }
}

impl Repo {
    /// How the checks of a commit stand: its check runs and its commit statuses.
    ///
    /// # Errors
    ///
    /// As [`check_runs`](Self::check_runs) and [`commit_statuses`](Self::commit_statuses).
    pub async fn check_summary(&self, sha: &str) -> Result<CheckSummary, GitHubError> {
        let (runs, statuses) = tokio::try_join!(self.check_runs(sha), self.commit_statuses(sha))?;
        Ok(CheckSummary::of(&runs, &statuses))
    }
}
