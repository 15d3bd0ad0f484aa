//! The rules of a protected branch, and which of them a user is bound by.
//!
//! What counts as a broken rule for a change of a ref is said in `change`, for a merge in
//! `pulls::judge`.

use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use crate::store::accounts::User;
use crate::store::checks::CI;
use crate::store::protections;
use crate::store::repositories::Repository;
use crate::store::roles::administers;

/// What a branch is protected from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Protection {
    pub(crate) checks: Option<RequiredChecks>,
    /// Present when changes must come through a pull request.
    pub(crate) reviews: Option<RequiredReviews>,
    pub(crate) enforce_admins: bool,
    pub(crate) linear_history: bool,
    pub(crate) allow_force_pushes: bool,
    pub(crate) allow_deletions: bool,
    pub(crate) lock_branch: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RequiredChecks {
    /// Whether the head must contain the base's tip.
    pub(crate) strict: bool,
    pub(crate) contexts: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RequiredReviews {
    pub(crate) approvals: u32,
    /// Whether a push dismisses approvals of what was there before.
    pub(crate) dismiss_stale: bool,
}

/// Where a branch's protection comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Nobody protected it, or somebody took the protection away.
    Free,
    /// The forge's own rule for a default branch that nobody said anything about.
    Own(Protection),
    /// Set by a client.
    Set(Protection),
}

impl Rule {
    pub(crate) fn protection(&self) -> Option<&Protection> {
        match self {
            Self::Free => None,
            Self::Own(protection) | Self::Set(protection) => Some(protection),
        }
    }
}

/// The rule of a branch, whether or not there is such a branch.
pub(crate) async fn rule_of(
    conn: &mut SqliteConnection,
    repo: &Repository,
    branch: &str,
) -> Result<Rule, sqlx::Error> {
    Ok(match protections::find(conn, repo.id, branch).await? {
        Some(Some(protection)) => Rule::Set(protection),
        Some(None) => Rule::Free,
        None if branch == repo.default_branch => Rule::Own(own(repo)),
        None => Rule::Free,
    })
}

/// Changes of a default branch come through pull requests, and merges may wait for checks.
fn own(repo: &Repository) -> Protection {
    Protection {
        checks: repo.requires_checks.then(|| RequiredChecks {
            strict: false,
            contexts: vec![CI.to_owned()],
        }),
        reviews: Some(RequiredReviews::default()),
        enforce_admins: true,
        ..Protection::default()
    }
}

/// Whether the rules that administrators may pass over bind this user.
pub(super) async fn binds(
    conn: &mut SqliteConnection,
    protection: &Protection,
    repo: &Repository,
    user: &User,
) -> Result<bool, sqlx::Error> {
    Ok(protection.enforce_admins || !administers(conn, repo, user).await?)
}
