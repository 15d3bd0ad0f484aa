//! Moves, makes and deletes a ref for a client, if the branch's protection has nothing against it.
//!
//! Refs are the truth and rows follow them, also when the folder is next opened, so nothing needs
//! to be written down before a ref moves.

use std::sync::Arc;

use super::protection::{Protection, binds, rule_of};
use crate::acting::as_user;
use crate::error::ForgeError;
use crate::git::{GitRepo, RefUpdate};
use crate::pulls::{follow_locked, verdicts};
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::repositories::Repository;

/// A ref's full name, where it is to be found and where it is to be left.
#[derive(Clone, Debug)]
pub(crate) struct RefChange {
    pub(crate) name: String,
    /// Absent for a ref that is not there yet.
    pub(crate) old: Option<String>,
    /// Absent for a ref that is to be deleted.
    pub(crate) new: Option<String>,
    pub(crate) by: User,
}

/// Why a ref was left alone.
#[derive(Debug)]
pub(crate) enum RefRefusal {
    /// It is not where the caller thought.
    Moved,
    Protected {
        reason: String,
    },
    Failed(ForgeError),
}

impl<E: Into<ForgeError>> From<E> for RefRefusal {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Changes the ref and lets the pull requests follow.
///
/// Runs on its own task: a client that hangs up does not come between the two.
pub(crate) async fn change_ref(
    state: &Arc<ForgeState>,
    repo: &Repository,
    change: RefChange,
) -> Result<(), RefRefusal> {
    let (shared, repo) = (Arc::clone(state), repo.clone());
    let by = change.by.id;
    let task = state.tasks.spawn(as_user(by, async move {
        let _refs = shared.refs.lock().await;
        change_locked(&shared, &repo, &change).await
    }));
    task.await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// The same for a caller who holds the lock on refs and cannot be cut off.
pub(super) async fn change_locked(
    state: &ForgeState,
    repo: &Repository,
    change: &RefChange,
) -> Result<(), RefRefusal> {
    if let Some(reason) = objection(state, repo, change).await? {
        return Err(RefRefusal::Protected { reason });
    }
    let git = state.repo(repo);
    let (name, old) = (change.name.as_str(), change.old.as_deref());
    let update = match (&change.new, old) {
        (Some(new), _) => git.move_ref(name, new, old).await?,
        (None, Some(old)) => git.delete_ref(name, old).await?,
        (None, None) => RefUpdate::Moved,
    };
    if update == RefUpdate::Moved {
        return Err(RefRefusal::Moved);
    }
    follow_locked(state, repo).await?;
    Ok(())
}

/// What the protection of a branch has against the change, in GitHub's words.
async fn objection(
    state: &ForgeState,
    repo: &Repository,
    change: &RefChange,
) -> Result<Option<String>, ForgeError> {
    let Some(branch) = change.name.strip_prefix("refs/heads/") else {
        return Ok(None);
    };
    let mut conn = state.database.read().await?;
    let rule = rule_of(&mut conn, repo, branch).await?;
    drop(conn);
    let Some(protection) = rule.protection() else {
        return Ok(None);
    };
    let git = state.repo(repo);
    Ok(match (&change.old, &change.new) {
        (Some(_), None) => {
            (!protection.allow_deletions).then(|| "Cannot delete a protected branch".to_owned())
        }
        (Some(old), Some(new)) => moved(state, repo, &git, protection, (old, new), change).await?,
        (None, _) => None,
    })
}

async fn moved(
    state: &ForgeState,
    repo: &Repository,
    git: &GitRepo,
    protection: &Protection,
    (old, new): (&str, &str),
    change: &RefChange,
) -> Result<Option<String>, ForgeError> {
    let refused = |reason: &str| Ok(Some(reason.to_owned()));
    if !protection.allow_force_pushes && !git.is_ancestor(old, new).await? {
        return refused("Cannot force-push to this branch");
    }
    let mut conn = state.database.read().await?;
    if !binds(&mut conn, protection, repo, &change.by).await? {
        return Ok(None);
    }
    drop(conn);
    if protection.lock_branch {
        return refused("Cannot change this locked branch");
    }
    if protection.reviews.is_some() {
        return refused("Changes must be made through a pull request.");
    }
    if protection.linear_history && git.has_merges(old, new).await? {
        return refused("This branch must not contain merge commits.");
    }
    let required = protection.checks.iter().flat_map(|checks| &checks.contexts);
    let known = verdicts(state, repo, new).await?;
    Ok(required
        .filter_map(|context| known.objection(context))
        .next())
}
