//! Reviews and their comments as data: what is read, and what is written.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account::Account;
use crate::lenient::or_default;

/// A review of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Review {
    /// Its number on the server.
    pub id: u64,
    /// What it says of the pull request as a whole.
    pub state: ReviewState,
    /// Its text in Markdown, hidden markers included.
    #[serde(default, deserialize_with = "or_default")]
    pub body: String,
    /// Who wrote it; none for a deleted account.
    #[serde(rename = "user")]
    pub author: Option<Account>,
    /// The commit it is about; none where that is gone.
    pub commit_id: Option<String>,
    /// Its address in a browser.
    pub html_url: Option<String>,
    /// When it was submitted, RFC 3339; none while it is pending.
    pub submitted_at: Option<String>,
}

/// What a review says of the pull request as a whole. Webhooks write it in small letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ReviewState {
    /// It may be merged.
    #[serde(alias = "approved")]
    Approved,
    /// It may not be merged like this.
    #[serde(alias = "changes_requested")]
    ChangesRequested,
    /// Neither.
    #[serde(alias = "commented")]
    Commented,
    /// It no longer counts.
    #[serde(alias = "dismissed")]
    Dismissed,
    /// It is not submitted yet, and nobody else sees it.
    #[serde(alias = "pending")]
    Pending,
    /// Something this client does not know.
    #[serde(other)]
    Other,
}

/// A comment on a line of a pull request's diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReviewComment {
    /// Its number on the server.
    pub id: u64,
    /// The review it came with.
    #[serde(rename = "pull_request_review_id")]
    pub review_id: Option<u64>,
    /// The comment it answers.
    pub in_reply_to_id: Option<u64>,
    /// The file.
    #[serde(default, deserialize_with = "or_default")]
    pub path: String,
    /// The line in the newest diff; none once the line is outdated.
    pub line: Option<u64>,
    /// The first line, where it is about several.
    pub start_line: Option<u64>,
    /// The line when it was written.
    pub original_line: Option<u64>,
    /// Which version of the file the line is counted in.
    #[serde(default, deserialize_with = "or_default")]
    pub side: DiffSide,
    /// Its text in Markdown.
    #[serde(default, deserialize_with = "or_default")]
    pub body: String,
    /// The part of the diff above the line.
    #[serde(default, deserialize_with = "or_default")]
    pub diff_hunk: String,
    /// Who wrote it; none for a deleted account.
    #[serde(rename = "user")]
    pub author: Option<Account>,
    /// The commit it is about.
    pub commit_id: Option<String>,
    /// Its address in a browser.
    pub html_url: Option<String>,
    /// When it was written, RFC 3339.
    pub created_at: Option<String>,
}

/// Which version of a file a line is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum DiffSide {
    /// The version before: only removed lines are commented there.
    Left,
    /// The version after: added and unchanged lines.
    #[default]
    #[serde(other)]
    Right,
}

/// A review to submit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NewReview {
    /// What it says of the pull request as a whole.
    pub event: ReviewEvent,
    /// Its text in Markdown. GitHub wants one unless it approves.
    pub body: String,
    /// Comments on lines; one that is outside the diff makes the whole review fail.
    pub comments: Vec<NewReviewComment>,
    /// The commit it is about; the newest where none is given.
    pub commit_id: Option<String>,
}

/// What a new review says of the pull request as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ReviewEvent {
    /// It may be merged.
    Approve,
    /// It may not be merged like this.
    RequestChanges,
    /// Neither.
    #[default]
    Comment,
}

/// A comment on one line, or on several, of a new review.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NewReviewComment {
    /// The file, by its path after the change.
    pub path: String,
    /// The line, counted from 1; the last one where it is about several.
    pub line: u64,
    /// Which version of the file the lines are counted in.
    pub side: DiffSide,
    /// The first line, where it is about several.
    pub start_line: Option<u64>,
    /// Its text in Markdown.
    pub body: String,
}

impl NewReview {
    /// The body of the request, with `body` as its text.
    pub(crate) fn to_json(&self, body: &str) -> Value {
        let comments: Vec<_> = self
            .comments
            .iter()
            .map(NewReviewComment::to_json)
            .collect();
        let mut json = json!({ "event": self.event, "body": body, "comments": comments });
        if let Some(commit) = &self.commit_id {
            json["commit_id"] = json!(commit);
        }
        json
    }
}

impl NewReviewComment {
    fn to_json(&self) -> Value {
        let mut json =
            json!({ "path": self.path, "line": self.line, "side": self.side, "body": self.body });
        // GitHub refuses a range of one line.
        if let Some(start) = self.start_line.filter(|start| *start < self.line) {
            json["start_line"] = json!(start);
            json["start_side"] = json!(self.side);
        }
        json
    }
}
