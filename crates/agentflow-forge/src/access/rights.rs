//! The words of rights, as GitHub has them.

use serde::{Deserialize, Serialize};

/// How far a permission of a token reaches.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Not at all.
    #[default]
    None,
    /// Looking.
    Read,
    /// Looking and changing.
    Write,
}

/// What of a repository a fine-grained token may be let at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Permission {
    /// Workflow runs.
    Actions,
    /// Settings, collaborators, protection of branches.
    Administration,
    /// Check runs and suites.
    Checks,
    /// Files, commits, branches, and merges.
    Contents,
    /// Issues, their comments, labels and milestones.
    Issues,
    /// Pull requests, reviews and comments on lines.
    PullRequests,
    /// Statuses of commits.
    Statuses,
    /// Webhooks of the repository.
    Webhooks,
}

impl Permission {
    /// GitHub's name in headers.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Actions => "actions",
            Self::Administration => "administration",
            Self::Checks => "checks",
            Self::Contents => "contents",
            Self::Issues => "issues",
            Self::PullRequests => "pull_requests",
            Self::Statuses => "statuses",
            Self::Webhooks => "repository_hooks",
        }
    }
}

/// What a user is to a repository. Each may do what the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks, opens issues, comments and reviews.
    Read,
    /// Also labels, assigns and closes.
    Triage,
    /// Also pushes and merges.
    Write,
    /// Also manages, without what cannot be undone.
    Maintain,
    /// Everything.
    Admin,
}

impl Role {
    /// GitHub's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Triage => "triage",
            Self::Write => "write",
            Self::Maintain => "maintain",
            Self::Admin => "admin",
        }
    }

    /// Reads GitHub's name; `pull` and `push` are its older words for the first and the third.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "read" | "pull" => Some(Self::Read),
            "triage" => Some(Self::Triage),
            "write" | "push" => Some(Self::Write),
            "maintain" => Some(Self::Maintain),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }
}

/// Who may read a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Anyone who reaches the forge.
    #[default]
    Public,
    /// Its owner, its collaborators, and tokens for every repository.
    Private,
}
