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
//!         head: "tides".into(),
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
//! What it deliberately does not do: git itself, and any policy; `agentflow-pipeline` decides.

mod access;
mod account;
mod auth;
mod builder;
mod check;
mod client;
mod error;
mod issue;
mod lenient;
mod limits;
mod marker;
mod pull;
mod quota;
mod repo_ref;
mod repository;
mod search;
mod webhook;
mod wire;

pub use access::{Access, MissingRight, Right};
pub use account::{Account, AccountKind, Permission, UserPermission};
pub use auth::{AppKey, AppKeyError, DeviceLogin, DeviceLoginError, Installation};
pub use builder::{BuildError, GitHubBuilder};
pub use check::{
    CheckConclusion, CheckOutput, CheckRun, CheckState, CheckStatus, CheckSummary, CheckWatch,
    CommitState, CommitStatus, FailedCheck, NextLook, WaitPolicy,
};
pub use client::{GitHub, Repo};
pub use error::{AnswerProblem, Call, GitHubError, RateLimit, Repeat};
pub use issue::{
    CloseReason, Issue, IssueComment, IssueFilter, IssueState, IssueStateFilter, IssueUpdate,
    NewIssue,
};
pub use limits::Limits;
pub use marker::{Marker, MarkerError};
pub use pull::{
    Codeowners, DiffSide, FileStatus, MergeMethod, Merged, NewPullRequest, NewReview,
    NewReviewComment, Owner, PullRequest, PullRequestFile, PullRequestSide, PullRequestState,
    PullRequestTemplate, PullRequestText, PullRequestUpdate, RequestedReviewers, Review,
    ReviewComment, ReviewDecision, ReviewEvent, ReviewState, ReviewThread, Team, ThreadComment,
    agent_branch,
};
pub use repo_ref::{RepoRef, RepoRefError, RepoUrl};
pub use repository::{
    Branch, BranchCommit, BranchRules, Commit, CommitAbout, CommitPerson, CommitSigner, Comparison,
    EntryKind, File, FileChange, GpgSigner, NewCommit, Repository, SigningError, SshSigner, Tree,
    TreeEntry,
};
pub use search::{Allowance, CodeMatch};
pub use webhook::{
    CheckRunEvent, CheckSuite, CheckSuiteEvent, CommitStatusEvent, Delivery, InstallationEvent,
    IssueCommentEvent, IssuesEvent, PAYLOAD_BYTES_MAX, PullRequestEvent,
    PullRequestReviewCommentEvent, PullRequestReviewEvent, PushCommit, PushEvent, RefEvent,
    RefKind, ReviewThreadEvent, WebhookError, WebhookEvent, WebhookSecrets, WorkflowRun,
    WorkflowRunEvent,
};
pub use wire::{BaseUrl, BaseUrlError, CircuitPolicy, Pace, RetryPolicy};
