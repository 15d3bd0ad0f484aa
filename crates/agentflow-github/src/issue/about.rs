//! Issues and the comments on them. A pull request is an issue too, so its conversation is here.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::account::Account;
use crate::client::Repo;
use crate::error::GitHubError;
use crate::lenient::{is_present, label_names, or_default};
use crate::marker::Marker;
use crate::wire::Request;

/// An issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Issue {
    /// Its number in the repository.
    pub number: u64,
    /// Its title.
    #[serde(default, deserialize_with = "or_default")]
    pub title: String,
    /// Its text in Markdown; empty where there is none.
    #[serde(default, deserialize_with = "or_default")]
    pub body: String,
    /// Open or closed.
    pub state: IssueState,
    /// Who wrote it; none for a deleted account.
    #[serde(rename = "user")]
    pub author: Option<Account>,
    /// The names of its labels.
    #[serde(default, deserialize_with = "label_names")]
    pub labels: Vec<String>,
    /// Who is to work on it.
    #[serde(default, deserialize_with = "or_default")]
    pub assignees: Vec<Account>,
    /// How many comments it has.
    #[serde(default, deserialize_with = "or_default")]
    pub comments: u64,
    /// Its address in a browser.
    pub html_url: Option<String>,
    /// When it was written, RFC 3339.
    pub created_at: Option<String>,
    /// When it last changed, RFC 3339.
    pub updated_at: Option<String>,
    /// Whether it is a pull request.
    #[serde(rename = "pull_request", default, deserialize_with = "is_present")]
    pub is_pull_request: bool,
}

/// Whether an issue still waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum IssueState {
    /// It waits.
    Open,
    /// It is done, or will not be done.
    Closed,
}

/// A comment in the conversation of an issue or pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IssueComment {
    /// Its number on the server.
    pub id: u64,
    /// Its text in Markdown, hidden markers included.
    #[serde(default, deserialize_with = "or_default")]
    pub body: String,
    /// Who wrote it; none for a deleted account.
    #[serde(rename = "user")]
    pub author: Option<Account>,
    /// Its address in a browser.
    pub html_url: Option<String>,
    /// When it was written, RFC 3339.
    pub created_at: Option<String>,
}

impl Repo {
    /// An issue.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is none of that number, or it was deleted.
    pub async fn issue(&self, number: u64) -> Result<Issue, GitHubError> {
        let call = self.call("read issue", format_args!("#{number}"));
        self.github
            .json(Request::get(call, self.issue_route(number))?)
            .await
    }

    /// The conversation of an issue or pull request, oldest first.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] as for [`issue`](Self::issue); [`GitHubError::TooLarge`] where
    /// it has more pages than the client's limit.
    pub async fn issue_comments(&self, number: u64) -> Result<Vec<IssueComment>, GitHubError> {
        let call = self.call("list comments of", format_args!("#{number}"));
        let route = self.issue_route(number).literal("comments");
        self.items(call, route).await
    }

    /// Writes a comment. Twice is two comments: see
    /// [`create_issue_comment_once`](Self::create_issue_comment_once).
    ///
    /// # Errors
    ///
    /// [`GitHubError::Forbidden`] where the conversation is locked;
    /// [`GitHubError::Unavailable`] with an unknown outcome where the connection broke.
    ///
    /// # Cancel safety
    ///
    /// When dropped, the comment may or may not have been written.
    pub async fn comment_on_issue(
        &self,
        number: u64,
        body: &str,
    ) -> Result<IssueComment, GitHubError> {
        let call = self.call("comment on", format_args!("#{number}"));
        let route = self.issue_route(number).literal("comments");
        let request = Request::new(Method::POST, call, route)?.with_body(json!({ "body": body }));
        self.github.json(request).await
    }

    /// The comment that we wrote with `marker`, if there is one.
    ///
    /// A comment of another account does not count, whatever it carries.
    ///
    /// # Errors
    ///
    /// As [`issue_comments`](Self::issue_comments).
    pub async fn find_issue_comment(
        &self,
        number: u64,
        marker: &Marker,
    ) -> Result<Option<IssueComment>, GitHubError> {
        for comment in self.issue_comments(number).await? {
            if marker.is_in(&comment.body) && self.github.is_us(comment.author.as_ref()).await? {
                return Ok(Some(comment));
            }
        }
        Ok(None)
    }

    /// The comment of `key`: the one that is there, or a new one with the key hidden in it.
    ///
    /// # Errors
    ///
    /// [`GitHubError::InvalidRequest`] for a key that is no [`Marker`]; else as
    /// [`comment_on_issue`](Self::comment_on_issue), and always safe to repeat.
    ///
    /// # Cancel safety
    ///
    /// May be dropped and called again with the same key.
    pub async fn create_issue_comment_once(
        &self,
        number: u64,
        key: &str,
        body: &str,
    ) -> Result<IssueComment, GitHubError> {
        let marker = self.marker(self.call("comment on", format_args!("#{number}")), key)?;
        if let Some(comment) = self.find_issue_comment(number, &marker).await? {
            return Ok(comment);
        }
        let written = self.comment_on_issue(number, &marker.mark(body)).await;
        written.map_err(GitHubError::of_careful_operation)
    }

    pub(crate) fn marker(&self, call: crate::Call, key: &str) -> Result<Marker, GitHubError> {
        Marker::new(key).map_err(|error| GitHubError::InvalidRequest {
            call,
            problem: error.to_string(),
        })
    }
}
