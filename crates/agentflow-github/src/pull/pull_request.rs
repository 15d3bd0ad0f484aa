//! A pull request as data: what is read, and what is written.

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::lenient::{full_name, label_names, or_default};

/// A pull request.
///
/// A listing leaves some of it out: `mergeable` and `mergeable_state` come only from
/// [`Repo::pull_request`](crate::Repo::pull_request).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PullRequest {
    /// Its number in the repository.
    pub number: u64,
    /// Its title.
    #[serde(default, deserialize_with = "or_default")]
    pub title: String,
    /// Its text in Markdown; empty where there is none.
    #[serde(default, deserialize_with = "or_default")]
    pub body: String,
    /// Open or closed; a merged one is closed.
    pub state: PullRequestState,
    /// Whether it is not yet meant to be merged.
    #[serde(default, deserialize_with = "or_default")]
    pub draft: bool,
    /// When it was merged, RFC 3339.
    pub merged_at: Option<String>,
    /// The commit on the base once merged; before that a trial merge, or nothing.
    pub merge_commit_sha: Option<String>,
    /// Whether it merges without conflict; none while the server still computes it.
    pub mergeable: Option<bool>,
    /// Why it can or cannot be merged: `clean`, `blocked`, `behind`, `dirty`, `unstable`, …
    pub mergeable_state: Option<String>,
    /// What is to be merged.
    pub head: PullRequestSide,
    /// Where it is to be merged into.
    pub base: PullRequestSide,
    /// Who opened it; none for a deleted account.
    #[serde(rename = "user")]
    pub author: Option<Account>,
    /// The names of its labels.
    #[serde(default, deserialize_with = "label_names")]
    pub labels: Vec<String>,
    /// Its name in GraphQL.
    pub node_id: Option<String>,
    /// Its address in a browser.
    pub html_url: Option<String>,
    /// When it was opened, RFC 3339.
    pub created_at: Option<String>,
    /// When it last changed, RFC 3339.
    pub updated_at: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    merged: bool,
}

impl PullRequest {
    /// Whether it was merged.
    pub fn is_merged(&self) -> bool {
        self.merged || self.merged_at.is_some()
    }
}

/// One end of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PullRequestSide {
    /// The branch's name.
    #[serde(rename = "ref")]
    pub branch: String,
    /// The commit.
    pub sha: String,
    /// `owner:branch`.
    pub label: Option<String>,
    /// The repository's `owner/name`; none once a fork is deleted.
    #[serde(default, deserialize_with = "full_name")]
    pub repo: Option<String>,
}

/// Whether a pull request still waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PullRequestState {
    /// It waits.
    Open,
    /// It was merged, or given up.
    Closed,
}

/// A file that a pull request changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PullRequestFile {
    /// Its path after the change.
    #[serde(rename = "filename")]
    pub path: String,
    /// Its path before, if it was renamed.
    pub previous_filename: Option<String>,
    /// What happens to it.
    pub status: FileStatus,
    /// Lines added.
    #[serde(default, deserialize_with = "or_default")]
    pub additions: u64,
    /// Lines removed.
    #[serde(default, deserialize_with = "or_default")]
    pub deletions: u64,
    /// Its hunks as a unified diff; none for a binary or very large file.
    pub patch: Option<String>,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FileStatus {
    /// It is new.
    Added,
    /// It is deleted.
    Removed,
    /// Its content changes.
    Modified,
    /// It gets another path, and perhaps another content.
    Renamed,
    /// It is a copy of another.
    Copied,
    /// Its mode changes.
    Changed,
    /// Nothing.
    Unchanged,
    /// Something this client does not know.
    #[serde(other)]
    Other,
}

/// A pull request to open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NewPullRequest {
    /// Its title.
    pub title: String,
    /// The branch to merge; `owner:branch` for a fork's.
    pub head: String,
    /// The branch to merge into.
    pub base: String,
    /// Its text in Markdown.
    pub body: String,
    /// Whether it is not yet meant to be merged.
    pub draft: bool,
}

/// What to change about a pull request; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PullRequestUpdate {
    /// A new title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A new text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Closes or reopens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PullRequestState>,
    /// Another branch to merge into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}
