//! What happened, by the name of the event.

use serde::Deserialize;
use serde_json::Value;

use super::payload::{
    CheckRunEvent, CheckSuiteEvent, CommitStatusEvent, InstallationEvent, IssueCommentEvent,
    IssuesEvent, PullRequestEvent, PullRequestReviewCommentEvent, PullRequestReviewEvent,
    PushEvent, RefEvent, ReviewThreadEvent, WorkflowRunEvent,
};

/// What happened, as far as a workflow acts on it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookEvent {
    /// The webhook was set up.
    Ping,
    /// `issues`: an issue was opened, labeled, assigned, closed, …
    Issues(Box<IssuesEvent>),
    /// `issue_comment`: in the conversation of an issue or a pull request.
    IssueComment(Box<IssueCommentEvent>),
    /// `pull_request`: opened, pushed to (`synchronize`), closed, …
    PullRequest(Box<PullRequestEvent>),
    /// `pull_request_review`: submitted, edited or dismissed.
    PullRequestReview(Box<PullRequestReviewEvent>),
    /// `pull_request_review_comment`: on a line of the diff.
    PullRequestReviewComment(Box<PullRequestReviewCommentEvent>),
    /// `pull_request_review_thread`: resolved, or not any more.
    PullRequestReviewThread(Box<ReviewThreadEvent>),
    /// `push`: to a branch or a tag.
    Push(Box<PushEvent>),
    /// `create`: a branch or a tag.
    Create(RefEvent),
    /// `delete`: a branch or a tag.
    Delete(RefEvent),
    /// `check_run`: one check of a commit.
    CheckRun(Box<CheckRunEvent>),
    /// `check_suite`: all checks of one App for a commit.
    CheckSuite(Box<CheckSuiteEvent>),
    /// `status`: of a commit, as older CI reports it.
    Status(Box<CommitStatusEvent>),
    /// `workflow_run`: a run of GitHub Actions.
    WorkflowRun(Box<WorkflowRunEvent>),
    /// `installation` and `installation_repositories`: what the App may see changes.
    Installation(InstallationEvent),
    /// Any other: only [`Delivery::payload`](super::Delivery::payload) says more.
    Other,
}

impl WebhookEvent {
    pub(super) fn read(name: &str, payload: &Value) -> Result<Self, serde_json::Error> {
        fn boxed<'a, T: Deserialize<'a>>(payload: &'a Value) -> Result<Box<T>, serde_json::Error> {
            T::deserialize(payload).map(Box::new)
        }
        Ok(match name {
            "ping" => Self::Ping,
            "issues" => Self::Issues(boxed(payload)?),
            "issue_comment" => Self::IssueComment(boxed(payload)?),
            "pull_request" => Self::PullRequest(boxed(payload)?),
            "pull_request_review" => Self::PullRequestReview(boxed(payload)?),
            "pull_request_review_comment" => Self::PullRequestReviewComment(boxed(payload)?),
            "pull_request_review_thread" => Self::PullRequestReviewThread(boxed(payload)?),
            "push" => Self::Push(boxed(payload)?),
            "create" => Self::Create(RefEvent::deserialize(payload)?),
            "delete" => Self::Delete(RefEvent::deserialize(payload)?),
            "check_run" => Self::CheckRun(boxed(payload)?),
            "check_suite" => Self::CheckSuite(boxed(payload)?),
            "status" => Self::Status(boxed(payload)?),
            "workflow_run" => Self::WorkflowRun(boxed(payload)?),
            "installation" | "installation_repositories" => {
                Self::Installation(InstallationEvent::deserialize(payload)?)
            }
            _ => Self::Other,
        })
    }
}
