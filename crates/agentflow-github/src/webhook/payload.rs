//! The payloads of the events that a workflow acts on. The action of an event is on its
//! [`Delivery`](super::Delivery).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::account::Account;
use crate::check::{CheckConclusion, CheckRun, CheckStatus, CommitState};
use crate::issue::{Issue, IssueComment};
use crate::lenient::or_default;
use crate::pull::PullRequest;
use crate::pull::{Review, ReviewComment};

/// Something about an issue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct IssuesEvent {
    /// The issue as it is now.
    #[serde(deserialize_with = "issue_of")]
    pub issue: Issue,
    /// The label that came or went.
    #[serde(default, deserialize_with = "name_of")]
    pub label: Option<String>,
    /// Who is to work on it now, or is not any more.
    #[serde(default)]
    pub assignee: Option<Account>,
}

/// A comment in the conversation of an issue or a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct IssueCommentEvent {
    /// The issue; [`Issue::is_pull_request`] says whether it is a pull request.
    pub issue: Issue,
    /// The comment.
    pub comment: IssueComment,
}

/// Something about a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PullRequestEvent {
    /// The pull request as it is now.
    pub pull_request: PullRequest,
    /// The label that came or went.
    #[serde(default, deserialize_with = "name_of")]
    pub label: Option<String>,
    /// Who is to work on it now, or is not any more.
    #[serde(default)]
    pub assignee: Option<Account>,
    /// Who is asked for a review, or is not any more; none where that is a team.
    #[serde(default)]
    pub requested_reviewer: Option<Account>,
    /// The head before a push.
    #[serde(default)]
    pub before: Option<String>,
    /// The head after a push.
    #[serde(default)]
    pub after: Option<String>,
}

/// A review of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PullRequestReviewEvent {
    /// The review.
    pub review: Review,
    /// What it is about.
    pub pull_request: PullRequest,
}

/// A comment on a line of a pull request's diff.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PullRequestReviewCommentEvent {
    /// The comment.
    pub comment: ReviewComment,
    /// What it is about.
    pub pull_request: PullRequest,
}

/// A conversation about a line was resolved, or is not any more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ReviewThreadEvent {
    /// What it is about.
    pub pull_request: PullRequest,
    /// Its comments, oldest first.
    #[serde(rename = "thread", default, deserialize_with = "comments_of")]
    pub comments: Vec<ReviewComment>,
}

/// Commits came to a branch or a tag, or it came or went.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PushEvent {
    /// The whole name, such as `refs/heads/main`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The commit before; all zeros where there was none.
    pub before: String,
    /// The commit after; all zeros where there is none any more.
    pub after: String,
    /// Whether it is new.
    #[serde(default, deserialize_with = "or_default")]
    pub created: bool,
    /// Whether it is gone.
    #[serde(default, deserialize_with = "or_default")]
    pub deleted: bool,
    /// Whether commits were taken away.
    #[serde(default, deserialize_with = "or_default")]
    pub forced: bool,
    /// The commits that came, oldest first; GitHub names at most 2,048 of them.
    #[serde(default, deserialize_with = "or_default")]
    pub commits: Vec<PushCommit>,
}

/// A commit of a push.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PushCommit {
    /// Its hash.
    pub id: String,
    /// Its message.
    #[serde(default, deserialize_with = "or_default")]
    pub message: String,
    /// Files that it adds.
    #[serde(default, deserialize_with = "or_default")]
    pub added: Vec<String>,
    /// Files that it takes away.
    #[serde(default, deserialize_with = "or_default")]
    pub removed: Vec<String>,
    /// Files that it changes.
    #[serde(default, deserialize_with = "or_default")]
    pub modified: Vec<String>,
}

/// A branch or a tag came or went.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RefEvent {
    /// Its short name.
    #[serde(rename = "ref")]
    pub name: String,
    /// Which of both.
    #[serde(rename = "ref_type")]
    pub kind: RefKind,
}

/// What a name in git stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RefKind {
    /// A branch.
    Branch,
    /// A tag.
    Tag,
    /// Something this client does not know.
    #[serde(other)]
    Other,
}

/// Something about one check of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CheckRunEvent {
    /// The check as it is now.
    pub check_run: CheckRun,
    /// The name of the button that a person pressed.
    #[serde(default, deserialize_with = "identifier_of")]
    pub requested_action: Option<String>,
}

/// Something about all checks of one App for a commit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CheckSuiteEvent {
    /// The suite as it is now.
    pub check_suite: CheckSuite,
}

/// All checks of one App for a commit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CheckSuite {
    /// Its number on the server.
    pub id: u64,
    /// The commit.
    pub head_sha: String,
    /// The branch; none for one of a fork.
    pub head_branch: Option<String>,
    /// How far it is.
    pub status: Option<CheckStatus>,
    /// How it ended; none while it runs.
    pub conclusion: Option<CheckConclusion>,
}

/// A status of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CommitStatusEvent {
    /// The commit.
    pub sha: String,
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

/// Something about a run of GitHub Actions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct WorkflowRunEvent {
    /// The run as it is now.
    pub workflow_run: WorkflowRun,
}

/// A run of GitHub Actions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct WorkflowRun {
    /// Its number on the server.
    pub id: u64,
    /// What the workflow is called.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// The commit.
    pub head_sha: String,
    /// The branch.
    pub head_branch: Option<String>,
    /// How far it is.
    pub status: Option<CheckStatus>,
    /// How it ended; none while it runs.
    pub conclusion: Option<CheckConclusion>,
    /// How often it was run; 1 for the first time.
    #[serde(default, deserialize_with = "or_default")]
    pub run_attempt: u64,
    /// Its address in a browser.
    pub html_url: Option<String>,
}

/// What an App may see changes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct InstallationEvent {
    /// The repositories, as `owner/name`, that a whole installation is about.
    #[serde(default, deserialize_with = "full_names")]
    pub repositories: Vec<String>,
    /// Those that joined one.
    #[serde(
        rename = "repositories_added",
        default,
        deserialize_with = "full_names"
    )]
    pub added: Vec<String>,
    /// Those that left one.
    #[serde(
        rename = "repositories_removed",
        default,
        deserialize_with = "full_names"
    )]
    pub removed: Vec<String>,
}

/// One that is pinned comes without its state: it is closed if it has the time of that.
fn issue_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Issue, D::Error> {
    let mut issue = Value::deserialize(deserializer)?;
    if issue.is_object() && issue.get("state").is_none() {
        let is_closed = issue.get("closed_at").is_some_and(|time| !time.is_null());
        issue["state"] = Value::from(if is_closed { "closed" } else { "open" });
    }
    Issue::deserialize(issue).map_err(D::Error::custom)
}

fn name_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    struct Named {
        name: Option<String>,
    }
    let found = Option::<Named>::deserialize(deserializer)?;
    Ok(found.and_then(|found| found.name))
}

fn identifier_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    struct Identified {
        identifier: Option<String>,
    }
    let found = Option::<Identified>::deserialize(deserializer)?;
    Ok(found.and_then(|found| found.identifier))
}

fn comments_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ReviewComment>, D::Error> {
    #[derive(Deserialize)]
    struct Thread {
        #[serde(default)]
        comments: Vec<ReviewComment>,
    }
    let found = Option::<Thread>::deserialize(deserializer)?;
    Ok(found.map(|found| found.comments).unwrap_or_default())
}

fn full_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    struct Named {
        full_name: String,
    }
    let found = Option::<Vec<Named>>::deserialize(deserializer)?;
    let found = found.unwrap_or_default().into_iter();
    Ok(found.map(|found| found.full_name).collect())
}
