//! Opens and changes issues. A pull request is an issue too: what is here for labels and
//! assignees works for both.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Issue, IssueComment, IssueState};
use crate::client::Repo;
use crate::error::GitHubError;
use crate::marker::Marker;
use crate::wire::{Request, Route};

/// An issue to open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NewIssue {
    /// Its title.
    pub title: String,
    /// Its text in Markdown.
    pub body: String,
    /// The names of its labels; one that is missing in the repository is made.
    pub labels: Vec<String>,
    /// The logins of who is to work on it.
    pub assignees: Vec<String>,
}

/// What to change about an issue; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct IssueUpdate {
    /// A new title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A new text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Closes or reopens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<IssueState>,
    /// Why it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_reason: Option<CloseReason>,
}

/// Why an issue is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CloseReason {
    /// It is done.
    #[default]
    Completed,
    /// It will not be done.
    NotPlanned,
}

impl Repo {
    /// Opens an issue. Twice is two issues: see [`create_issue_once`](Self::create_issue_once).
    ///
    /// # Errors
    ///
    /// [`GitHubError::Validation`] without a title; [`GitHubError::NotFound`] where the
    /// repository has its issues switched off.
    ///
    /// # Cancel safety
    ///
    /// When dropped, it may or may not have been opened.
    pub async fn create_issue(&self, new: &NewIssue) -> Result<Issue, GitHubError> {
        let call = self.call("open issue in", "");
        let request = Request::new(Method::POST, call, self.route().literal("issues"))?;
        self.github.json(request.with_body(json!(new))).await
    }

    /// The issue that we opened with `marker`, open or not, if there is one.
    ///
    /// An issue of another account does not count, whatever it carries.
    ///
    /// # Errors
    ///
    /// As [`issues`](Self::issues).
    pub async fn find_issue(&self, marker: &Marker) -> Result<Option<Issue>, GitHubError> {
        let filter = super::IssueFilter {
            state: super::IssueStateFilter::All,
            creator: self.github.us().await?.map(str::to_owned),
            ..super::IssueFilter::default()
        };
        for issue in self.issues(&filter).await? {
            if marker.is_in(&issue.body) && self.github.is_us(issue.author.as_ref()).await? {
                return Ok(Some(issue));
            }
        }
        Ok(None)
    }

    /// The issue of `key`: the one that is there, or a new one with the key hidden in it.
    ///
    /// # Errors
    ///
    /// [`GitHubError::InvalidRequest`] for a key that is no [`Marker`]; else as
    /// [`create_issue`](Self::create_issue), and always safe to repeat.
    ///
    /// # Cancel safety
    ///
    /// May be dropped and called again with the same key.
    pub async fn create_issue_once(&self, key: &str, new: &NewIssue) -> Result<Issue, GitHubError> {
        let marker = self.marker(self.call("open issue in", ""), key)?;
        if let Some(issue) = self.find_issue(&marker).await? {
            return Ok(issue);
        }
        let marked = NewIssue {
            body: marker.mark(&new.body),
            ..new.clone()
        };
        let opened = self.create_issue(&marked).await;
        opened.map_err(GitHubError::of_careful_operation)
    }

    /// Changes an issue's title, text or state. Twice is the same as once.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is none of that number.
    pub async fn update_issue(
        &self,
        number: u64,
        update: &IssueUpdate,
    ) -> Result<Issue, GitHubError> {
        let call = self.call("update issue", format_args!("#{number}"));
        let request = Request::new(Method::PATCH, call, self.issue_route(number))?;
        self.github.json(request.with_body(json!(update))).await
    }

    /// Closes an issue; fine if it is closed already.
    ///
    /// # Errors
    ///
    /// As [`update_issue`](Self::update_issue).
    pub async fn close_issue(
        &self,
        number: u64,
        reason: CloseReason,
    ) -> Result<Issue, GitHubError> {
        let update = IssueUpdate {
            state: Some(IssueState::Closed),
            state_reason: Some(reason),
            ..IssueUpdate::default()
        };
        self.update_issue(number, &update).await
    }

    /// Opens an issue again; fine if it is open.
    ///
    /// # Errors
    ///
    /// As [`update_issue`](Self::update_issue).
    pub async fn reopen_issue(&self, number: u64) -> Result<Issue, GitHubError> {
        let update = IssueUpdate {
            state: Some(IssueState::Open),
            ..IssueUpdate::default()
        };
        self.update_issue(number, &update).await
    }

    /// Says who is to work on an issue too. Twice is the same as once.
    ///
    /// The server leaves out whoever may not be assigned; the answer has those that are.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is none of that number.
    pub async fn assign(&self, number: u64, logins: &[&str]) -> Result<Issue, GitHubError> {
        let call = self.call("assign", format_args!("#{number}"));
        let route = self.issue_route(number).literal("assignees");
        let request = Request::new(Method::POST, call, route)?.repeatable();
        let body = json!({ "assignees": logins });
        self.github.json(request.with_body(body)).await
    }

    /// Says who is not to work on an issue any more. Twice is the same as once.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    pub async fn unassign(&self, number: u64, logins: &[&str]) -> Result<Issue, GitHubError> {
        let call = self.call("unassign", format_args!("#{number}"));
        let route = self.issue_route(number).literal("assignees");
        let request = Request::new(Method::DELETE, call, route)?;
        let body = json!({ "assignees": logins });
        self.github.json(request.with_body(body)).await
    }

    /// Changes the text of a comment. Twice is the same as once.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where it is gone; [`GitHubError::Forbidden`] where it is not
    /// ours to change.
    pub async fn edit_issue_comment(
        &self,
        id: u64,
        body: &str,
    ) -> Result<IssueComment, GitHubError> {
        let call = self.call("edit comment", format_args!(" {id}"));
        let request = Request::new(Method::PATCH, call, self.comment_route(id))?;
        self.github
            .json(request.with_body(json!({ "body": body })))
            .await
    }

    /// Deletes a comment; fine if it is gone already.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Forbidden`] where it is not ours to delete.
    pub async fn delete_issue_comment(&self, id: u64) -> Result<(), GitHubError> {
        let call = self.call("delete comment", format_args!(" {id}"));
        let request = Request::new(Method::DELETE, call, self.comment_route(id))?;
        self.gone(&request).await
    }

    pub(crate) fn issue_route(&self, number: u64) -> Route {
        self.route().literal("issues").number(number)
    }

    fn comment_route(&self, id: u64) -> Route {
        self.route().literal("issues/comments").number(id)
    }
}
