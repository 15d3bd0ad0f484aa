//! What a failed check wrote, where its summary does not say: the log of a GitHub Actions job.

use super::FailedCheck;
use crate::client::Repo;
use crate::error::GitHubError;
use crate::limits::CHECK_OUTPUT_BYTES_MAX;
use crate::wire::{Request, excerpt};

impl FailedCheck {
    /// The job of GitHub Actions that this check is, by the address of its log.
    pub fn job(&self) -> Option<u64> {
        let (run, job) = self.url.as_deref()?.rsplit_once("/job/")?;
        let (_, run) = run.rsplit_once("/actions/runs/")?;
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let job = job.split(['?', '#', '/']).next()?;
        (is_number(run) && is_number(job)).then(|| job.parse().ok())?
    }
}

impl Repo {
    /// The log of a job of GitHub Actions, as plain text, shortened in the middle.
    ///
    /// The server gives the address of another one, where the log lies for a minute; it is read
    /// without the token.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is no such job, or its log was cleared away;
    /// [`GitHubError::Forbidden`] without the permission `actions: read`;
    /// [`GitHubError::TooLarge`] where it is larger than the client's limit.
    pub async fn job_log(&self, job: u64) -> Result<String, GitHubError> {
        let call = self.call("read the log of job", format_args!(" {job}"));
        let route = self.route().literal("actions/jobs").number(job);
        let request = Request::get(call, route.literal("logs"))?.elsewhere();
        let answer = self.github.transport().send(&request).await?;
        let log = String::from_utf8_lossy(&answer.body);
        Ok(excerpt(&without_times(&log), CHECK_OUTPUT_BYTES_MAX))
    }

    /// What there is to know of a failed check: what it reports, or else the log of its job.
    ///
    /// # Errors
    ///
    /// As [`job_log`](Self::job_log), but for a log that is missing, hidden or too large: that
    /// is empty.
    pub async fn evidence(&self, check: &FailedCheck) -> Result<String, GitHubError> {
        let job = check.job().filter(|_| check.output.trim().is_empty());
        let Some(job) = job else {
            return Ok(check.output.clone());
        };
        match self.job_log(job).await {
            Err(
                GitHubError::NotFound { .. }
                | GitHubError::Forbidden { .. }
                | GitHubError::TooLarge { .. }
                | GitHubError::InvalidAnswer { .. },
            ) => Ok(String::new()),
            outcome => outcome,
        }
    }
}

/// The log without the time that begins each line, which a reader does not need.
fn without_times(log: &str) -> String {
    let lines = log.trim_start_matches('\u{feff}').lines();
    let lines = lines.map(|line| match line.split_once(' ') {
        Some((time, rest)) if is_time(time) => rest,
        _ if is_time(line) => "",
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Such as `2026-11-03T10:00:00.1234567Z`.
fn is_time(word: &str) -> bool {
    word.len() >= 20 && word.ends_with('Z') && word.parse::<jiff::Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_of_github_actions_names_its_job() {
        for (url, want) in [
            ("https://github.com/o/r/actions/runs/12/job/345", Some(345)),
            (
                "https://github.com/o/r/actions/runs/12/job/345?pr=7",
                Some(345),
            ),
            ("https://github.com/o/r/actions/runs/12", None),
            ("https://ci.example/job/345", None),
            ("https://github.com/o/r/actions/runs/12/job/", None),
            ("https://github.com/o/r/actions/runs/x/job/1", None),
        ] {
            let check = FailedCheck {
                name: "test".into(),
                conclusion: None,
                output: String::new(),
                url: Some(url.into()),
            };
            assert_eq!(check.job(), want, "{url}");
        }
    }

    #[test]
    fn the_times_of_a_log_are_left_out() {
        let log = "\u{feff}2026-11-03T10:00:00.1234567Z error: no\n2026-11-03T10:00:00.1234567Z\nno time here\n";
        assert_eq!(without_times(log), "error: no\n\nno time here");
    }
}
