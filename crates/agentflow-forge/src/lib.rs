//! A GitHub-compatible forge over local git repositories.
//!
//! A [`Forge`] serves GitHub's REST API below `/api/v3`, git over smart HTTP, and small pages for
//! people, all from one loopback address. Repositories are real bare git repositories, merges are
//! real merges, and checks run the repository's own `.ci/run`. A whole run from an issue to a
//! merged pull request therefore works with no account and no network, through the same clients
//! that talk to GitHub.
//!
//! All state lies below one folder and survives a kill at any point: interrupted checks run again,
//! an interrupted merge is completed or undone when the folder is opened the next time.
//!
//! Users have roles, tokens have rights, repositories may be private; webhooks tell what happens to
//! receivers on the same machine; [`Forge::faults`] makes trouble for tests of clients.
//!
//! Of the 137 REST operations that GitHub's clients are likely to need the forge answers most;
//! `docs/forge.md` lists them, with the reason where it does not, and tests hold every answer
//! against GitHub's own description. Of GraphQL it has what REST lacks: conversations about lines,
//! and drafts. What it deliberately does not do: the rest of GraphQL, forks, and GitHub Apps.
//!
//! ```no_run
//! use std::path::Path;
//! use agentflow_forge::{Forge, NewIssue};
//!
//! # async fn example() -> Result<(), agentflow_forge::ForgeError> {
//! let forge = Forge::start("forge-state").await?;
//! let token = forge.writer("octo").await?;
//! let repo = forge.import("octo/demo", Path::new("demo")).await?;
//! let issue = forge
//!     .create_issue(&repo, NewIssue { key: "first", title: "Fix it", author: "octo", ..NewIssue::default() })
//!     .await?;
//! # let _ = (token, issue);
//! // A client's base URL is `forge.base_url()`; people look at `forge.html_url()`.
//! forge.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod access;
mod acting;
mod admin;
mod admin_access;
mod admin_hooks;
mod branches;
mod checks;
mod clock;
mod digest;
mod downloads;
mod error;
mod faults;
mod forge;
mod git;
mod hooks;
mod http;
mod names;
mod new_repository;
mod options;
mod pulls;
mod rates;
mod records;
mod start;
mod state;
mod store;
mod time;
mod webhooks;

pub use self::access::{Access, NewToken, Permission, Role, Visibility};
pub use self::admin::{NewIssue, TokenScope};
pub use self::admin_hooks::NewWebhook;
pub use self::checks::{
    CheckError, CheckJob, CheckOutput, CheckReport, CheckRunner, CheckStatus, ProcessCheckRunner,
};
pub use self::clock::{Clock, ManualClock};
pub use self::error::ForgeError;
pub use self::faults::{Fault, Faults, MergeRefused, RetryAfter};
pub use self::forge::Forge;
pub use self::git::{GitError, RepositorySource};
pub use self::names::{NameError, RepositoryName};
pub use self::options::{ForgeLimits, ForgeOptions};
pub use self::records::{
    BranchRecord, CheckRecord, CommentRecord, EventRecord, IssueRecord, PullRecord,
    RepositoryRecords, ReviewCommentRecord, ReviewRecord,
};
pub use self::webhooks::HookTargets;
