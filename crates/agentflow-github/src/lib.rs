//! Typed client for GitHub and servers that speak its REST.
//!
//! One code path for github.com, GitHub Enterprise and a GitHub-compatible forge on this
//! machine: only the base URL differs. It is built on octocrab, with our own answer types
//! (a field that is missing in an older server does not fail a page), our own retries
//! (a write whose outcome is unknown is never sent again blindly) and errors that say what
//! they mean.
//!
//! ```no_run
//! use agentflow_github::{GitHub, NewPullRequest, RepoRef};
//! use secrecy::SecretString;
//!
//! # async fn example(token: SecretString) -> Result<(), Box<dyn std::error::Error>> {
//! let github = GitHub::builder().token(token).build()?;
//! let repo = github.repo("octo/hello".parse::<RepoRef>()?);
//! let issue = repo.issue(7).await?;
//!
//! // Looks before it acts, so a re-run after a crash takes the pull request that is there.
//! let pull = repo
//!     .ensure_pull_request(&NewPullRequest {
//!         title: format!("Fix: {}", issue.title),
//!         head: "agentflow/issue-7".into(),
//!         base: "main".into(),
//!         body: "Closes #7".into(),
//!         ..NewPullRequest::default()
//!     })
//!     .await?;
//! repo.create_issue_comment_once(7, "opened", &format!("See #{}", pull.number)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! What it deliberately does not do: GraphQL (drafts cannot be marked ready, threads cannot
//! be resolved), git itself, and any policy; `agentflow-pipeline` decides.

mod account;
mod auth;
mod base_url;
mod builder;
mod check;
mod check_summary;
mod check_wait;
mod classify;
mod client;
mod error;
mod excerpt;
mod file;
mod issue;
mod lenient;
mod limits;
mod marker;
mod merge;
mod page;
mod pull_request;
mod pull_requests;
mod rate_limit;
mod repo_ref;
mod repository;
mod request;
mod retry;
mod review;
mod reviews;
mod route;
mod transport;
mod webhook;

pub use account::{Account, AccountKind, Permission, UserPermission};
pub use auth::{AppKey, AppKeyError, Installation};
pub use base_url::{BaseUrl, BaseUrlError};
pub use builder::{BuildError, GitHubBuilder};
pub use check::{CheckConclusion, CheckOutput, CheckRun, CheckStatus, CommitState, CommitStatus};
pub use check_summary::{CheckState, CheckSummary, FailedCheck};
pub use check_wait::WaitPolicy;
pub use client::{GitHub, Repo};
pub use error::{AnswerProblem, Call, GitHubError, RateLimit, Repeat};
pub use file::File;
pub use issue::{Issue, IssueComment, IssueState};
pub use limits::Limits;
pub use marker::{Marker, MarkerError};
pub use merge::{MergeMethod, Merged};
pub use pull_request::{
    FileStatus, NewPullRequest, PullRequest, PullRequestFile, PullRequestSide, PullRequestState,
    PullRequestUpdate,
};
pub use repo_ref::{RepoRef, RepoRefError, RepoUrl};
pub use repository::{Branch, BranchCommit, Repository};
pub use retry::RetryPolicy;
pub use review::{
    DiffSide, NewReview, NewReviewComment, Review, ReviewComment, ReviewEvent, ReviewState,
};
pub use webhook::{
    CheckRunEvent, CheckSuite, CheckSuiteEvent, CommitStatusEvent, Delivery, InstallationEvent,
    IssueCommentEvent, IssuesEvent, PAYLOAD_BYTES_MAX, PullRequestEvent,
    PullRequestReviewCommentEvent, PullRequestReviewEvent, PushCommit, PushEvent, RefEvent,
    RefKind, ReviewThreadEvent, WebhookError, WebhookEvent, WebhookSecrets, WorkflowRun,
    WorkflowRunEvent,
};
