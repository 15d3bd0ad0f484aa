//! Check runs and commit statuses: what CI says of a commit, each by itself.

use serde::{Deserialize, Serialize};

use crate::client::Repo;
use crate::error::GitHubError;
use crate::lenient::or_default;
use crate::limits::PAGE_ITEMS;
use crate::wire::Request;

/// One check of a commit, as the Checks API tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckRun {
    /// Its number on the server.
    pub id: u64,
    /// What it is called.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// The commit.
    #[serde(default, deserialize_with = "or_default")]
    pub head_sha: String,
    /// How far it is.
    pub status: CheckStatus,
    /// How it ended; none while it runs.
    pub conclusion: Option<CheckConclusion>,
    /// What it wrote.
    #[serde(default, deserialize_with = "or_default")]
    pub output: CheckOutput,
    /// Its address in a browser.
    pub html_url: Option<String>,
    /// The address of its full log.
    pub details_url: Option<String>,
    /// When it started, RFC 3339.
    pub started_at: Option<String>,
    /// When it ended, RFC 3339.
    pub completed_at: Option<String>,
}

/// How far a check run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckStatus {
    /// It waits for a machine.
    Queued,
    /// It runs.
    InProgress,
    /// It ended.
    Completed,
    /// It waits for something else, such as an approval.
    #[serde(other)]
    Waiting,
}

/// How a check run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckConclusion {
    /// It passed.
    Success,
    /// It failed.
    Failure,
    /// It has no opinion.
    Neutral,
    /// Somebody or something stopped it.
    Cancelled,
    /// It did not apply.
    Skipped,
    /// It took too long.
    TimedOut,
    /// A person has to do something.
    ActionRequired,
    /// It never reported, and the server gave up on it.
    Stale,
    /// Its set-up failed.
    StartupFailure,
    /// Something this client does not know, which does not count as passed.
    #[serde(other)]
    Other,
}

/// What a check run wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CheckOutput {
    /// One line.
    pub title: Option<String>,
    /// A few lines of Markdown.
    pub summary: Option<String>,
    /// The details, in Markdown.
    pub text: Option<String>,
}

/// One status of a commit, as older CI reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommitStatus {
    /// What it is called.
    #[serde(default, deserialize_with = "or_default")]
    pub context: String,
    /// How far it is, and how it ended.
    pub state: CommitState,
    /// One line about it.
    pub description: Option<String>,
    /// The address of its log.
    pub target_url: Option<String>,
}

/// How far a commit status is, and how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CommitState {
    /// It passed.
    Success,
    /// It runs.
    Pending,
    /// It failed.
    Failure,
    /// It could not run, or something this client does not know.
    #[serde(other)]
    Error,
}

impl Repo {
    /// The newest check run of each name for a commit.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Validation`] where there is no such commit.
    pub async fn check_runs(&self, sha: &str) -> Result<Vec<CheckRun>, GitHubError> {
        #[derive(Deserialize)]
        struct Page {
            check_runs: Vec<CheckRun>,
        }
        let call = self.call("list check runs of", format_args!("@{sha}"));
        let route = self
            .route()
            .literal("commits")
            .name(sha)
            .literal("check-runs");
        let route = route.query("per_page", &PAGE_ITEMS.to_string());
        self.github
            .list(Request::get(call, route)?, |page: Page| page.check_runs)
            .await
    }

    /// The newest status of each context for a commit.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is no such commit.
    pub async fn commit_statuses(&self, sha: &str) -> Result<Vec<CommitStatus>, GitHubError> {
        #[derive(Deserialize)]
        struct Page {
            #[serde(default, deserialize_with = "or_default")]
            statuses: Vec<CommitStatus>,
        }
        let call = self.call("list statuses of", format_args!("@{sha}"));
        let route = self.route().literal("commits").name(sha).literal("status");
        let route = route.query("per_page", &PAGE_ITEMS.to_string());
        self.github
            .list(Request::get(call, route)?, |page: Page| page.statuses)
            .await
    }
}
