//! Renames a branch together with everything that speaks of it.
//!
//! The wish is written down first. From then on every step can be taken again, so a kill at any
//! point leaves a rename that is completed when the folder is next opened.

use std::sync::Arc;

use super::protection::rule_of;
use crate::acting::as_user;
use crate::error::ForgeError;
use crate::git::RefUpdate;
use crate::pulls::follow_locked;
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::renames::{self, RenameIntent};
use crate::store::repositories::{self, Repository};
use crate::store::roles::administers;
use crate::store::{protections, pulls};

/// Why a branch kept its name.
#[derive(Debug)]
pub(crate) enum RenameRefusal {
    Unknown,
    Taken,
    /// Only an administrator may rename a protected branch.
    NotAdmin,
    Failed(ForgeError),
}

impl<E: Into<ForgeError>> From<E> for RenameRefusal {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Runs on its own task: a client that hangs up does not cut a rename in two.
pub(crate) async fn rename(
    state: &Arc<ForgeState>,
    repo: &Repository,
    (from, to): (&str, &str),
    by: &User,
) -> Result<(), RenameRefusal> {
    let (shared, repo, by) = (Arc::clone(state), repo.clone(), by.clone());
    let (from, to) = (from.to_owned(), to.to_owned());
    let task = state.tasks.spawn(as_user(by.id, async move {
        let _refs = shared.refs.lock().await;
        // Its protection goes with a branch: under its old name anything could be made.
        let mut conn = shared.database.read().await?;
        let rule = rule_of(&mut conn, &repo, &from).await?;
        let is_guarded = rule.protection().is_some() || from == repo.default_branch;
        if is_guarded && !administers(&mut conn, &repo, &by).await? {
            return Err(RenameRefusal::NotAdmin);
        }
        drop(conn);
        rename_locked(&shared, &repo, from, to).await
    }));
    task.await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

async fn rename_locked(
    state: &ForgeState,
    repo: &Repository,
    from: String,
    to: String,
) -> Result<(), RenameRefusal> {
    let git = state.repo(repo);
    let sha = git.branch(&from).await?.ok_or(RenameRefusal::Unknown)?;
    let branches = git.branches().await?;
    if branches.iter().any(|(name, _)| collide(name, &to)) {
        return Err(RenameRefusal::Taken);
    }
    // Rows that are behind their refs would be taken for pull requests of the new name.
    follow_locked(state, repo).await?;
    let intent = RenameIntent {
        repo_id: repo.id,
        from_ref: from,
        to_ref: to,
        sha,
    };
    let mut tx = state.database.write().await?;
    renames::record(&mut tx, &intent).await?;
    tx.commit().await?;
    if !complete(state, repo, &intent).await? {
        return Err(RenameRefusal::Taken);
    }
    // The default branch may have another name now. What the rename did is told as its own.
    let mut conn = state.database.read().await?;
    let repo = repositories::by_id(&mut conn, repo.id).await?;
    drop(conn);
    Ok(follow_locked(state, &repo).await?)
}

/// Whether two branches cannot be there at once: git keeps them as files in folders.
fn collide(one: &str, other: &str) -> bool {
    let is_below = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'));
    one == other || is_below(one, other) || is_below(other, one)
}

/// Takes every step that has not been taken yet.
///
/// A push may have taken the new name since the wish was written down; then nothing is done and
/// the wish forgotten.
async fn complete(
    state: &ForgeState,
    repo: &Repository,
    intent: &RenameIntent,
) -> Result<bool, ForgeError> {
    let git = state.repo(repo);
    let (from, to) = (&intent.from_ref, &intent.to_ref);
    let new_name = format!("refs/heads/{to}");
    // Done when it is there already, by an earlier try.
    git.move_ref(&new_name, &intent.sha, None).await?;
    let holds = match git.branch(to).await? {
        Some(tip) => git.is_ancestor(&intent.sha, &tip).await?,
        None => false,
    };
    if !holds {
        let mut tx = state.database.write().await?;
        renames::forget(&mut tx, repo.id).await?;
        tx.commit().await?;
        return Ok(false);
    }
    let is_default = repo.default_branch == *from;
    if is_default {
        git.bytes(&["symbolic-ref", "HEAD", &new_name]).await?;
    }
    let old_name = format!("refs/heads/{from}");
    if git.delete_ref(&old_name, &intent.sha).await? == RefUpdate::Moved
        && git.branch(from).await?.is_some()
    {
        tracing::warn!(branch = %from, "a branch moved while it was renamed, and is kept");
    }
    let mut tx = state.database.write().await?;
    if is_default {
        repositories::set_default_branch(&mut tx, repo.id, to).await?;
    }
    pulls::rename_branch(&mut tx, repo.id, from, to).await?;
    protections::rename(&mut tx, repo.id, from, to).await?;
    renames::forget(&mut tx, repo.id).await?;
    tx.commit().await?;
    Ok(true)
}

/// Completes what a kill interrupted. Only to be called by who holds the lock on refs.
pub(crate) async fn heal(state: &ForgeState, repo: &Repository) -> Result<(), ForgeError> {
    let mut conn = state.database.read().await?;
    let unfinished = renames::of_repository(&mut conn, repo.id).await?;
    drop(conn);
    if let Some(intent) = unfinished {
        tracing::info!(repository = %repo.full_name(), from = %intent.from_ref, to = %intent.to_ref, "completing an interrupted rename");
        complete(state, repo, &intent).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
