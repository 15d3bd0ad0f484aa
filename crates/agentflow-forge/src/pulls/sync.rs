//! Brings pull requests up to date with their branches after refs have moved.
//!
//! It compares what is written down with what git has, so it can run at any time and twice.

use sqlx::SqliteConnection;

use crate::branches::rule_of;
use crate::error::ForgeError;
use crate::git::GitRepo;
use crate::state::ForgeState;
use crate::store::pulls::{self, Pull};
use crate::store::repositories::{self, Repository};
use crate::store::{checks, events, issues, reviews};
use crate::webhooks::notice_refs;

use super::open::head_ref;

/// Follows every open pull request's branches after a push.
pub(crate) async fn follow_branches(
    state: &ForgeState,
    repo: &Repository,
) -> Result<(), ForgeError> {
    let _refs = state.refs.lock().await;
    follow_locked(state, repo).await
}

/// The same for a caller who holds the lock on refs.
pub(crate) async fn follow_locked(state: &ForgeState, repo: &Repository) -> Result<(), ForgeError> {
    follow(state, repo).await?;
    let mut tx = state.database.write().await?;
    repositories::pushed(&mut tx, repo.id).await?;
    Ok(tx.commit().await?)
}

/// Looks at every open pull request without saying that anything was pushed.
pub(super) async fn follow(state: &ForgeState, repo: &Repository) -> Result<(), ForgeError> {
    notice_refs(state, repo).await?;
    let git = state.repo(repo);
    let mut conn = state.database.read().await?;
    let known = pulls::all(&mut conn, repo.id).await?;
    drop(conn);
    for pull in known.iter().filter(|pull| pull.issue.is_open) {
        follow_one(state, repo, &git, pull).await?;
    }
    state.check_queued.notify_one();
    Ok(())
}

async fn follow_one(
    state: &ForgeState,
    repo: &Repository,
    git: &GitRepo,
    pull: &Pull,
) -> Result<(), ForgeError> {
    let head = git.branch(&pull.head_ref).await?;
    let base = git.branch(&pull.base_ref).await?;
    let (Some(head), Some(base)) = (head, base) else {
        let mut tx = state.database.write().await?;
        issues::close(&mut tx, &pull.issue, None, None).await?;
        return Ok(tx.commit().await?);
    };
    if head != pull.head_sha {
        git.set_ref(&head_ref(pull.number()), &head).await?;
    }
    let mut tx = state.database.write().await?;
    if head != pull.head_sha || base != pull.base_sha {
        pulls::move_branches(&mut tx, pull.issue.id, &pull.base_ref, &head, &base).await?;
    }
    if head != pull.head_sha {
        dismiss_stale(&mut tx, repo, pull).await?;
        events::record(
            &mut tx,
            repo.id,
            pull.number(),
            "head_pushed",
            None,
            Some(&head),
        )
        .await?;
    }
    // Also for a head that did not move: a kill may have come between the ref and this row.
    checks::queue_ci(&mut tx, repo.id, &head).await?;
    Ok(tx.commit().await?)
}

/// Takes back approvals of an older head where the base branch's protection says so.
async fn dismiss_stale(
    conn: &mut SqliteConnection,
    repo: &Repository,
    pull: &Pull,
) -> Result<(), sqlx::Error> {
    let rule = rule_of(conn, repo, &pull.base_ref).await?;
    let required = rule.protection().and_then(|rule| rule.reviews.as_ref());
    if required.is_some_and(|required| required.dismiss_stale) {
        reviews::dismiss_approvals(conn, pull.issue.id).await?;
    }
    Ok(())
}
