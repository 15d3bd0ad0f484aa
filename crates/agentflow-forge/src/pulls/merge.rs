//! Merges a pull request: decide, write the decision down, move the branch, write down that it moved.
//!
//! The branch moves by compare-and-swap, so a kill at any point leaves either the decision alone,
//! which is undone, or a moved branch, which `heal` completes.

use std::sync::Arc;

use crate::acting::as_user;
use crate::branches::rule_of;
use crate::error::ForgeError;
use crate::git::{GitError, RefUpdate};
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::intents::{self, MergeIntent};
use crate::store::pulls::{self, Pull};
use crate::store::repositories::Repository;
use crate::store::roles::administers;
use crate::store::{events, issues};
use crate::time;

use super::closing::closed_by;
use super::judge::{Judgement, judge};
use super::plan::{MergeMethod, Words, plan, signature};
use super::sync;

pub(crate) struct MergeOrder {
    pub(crate) number: i64,
    pub(crate) method: MergeMethod,
    /// The head the caller has seen; another one is refused.
    pub(crate) expected_head: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) by: User,
}

/// Why a pull request was not merged.
#[derive(Debug)]
pub(crate) enum MergeRefusal {
    Unknown,
    /// Closed or merged already, a draft, or in conflict.
    NotMergeable,
    Blocked {
        reason: String,
    },
    HeadMoved,
    BaseMoved,
    Failed(ForgeError),
}

impl<E: Into<ForgeError>> From<E> for MergeRefusal {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Merges, and returns the commit the base branch points at now.
///
/// Runs on its own task: a client that hangs up does not cut a merge in two.
pub(crate) async fn merge(
    state: &Arc<ForgeState>,
    repo: &Repository,
    order: MergeOrder,
) -> Result<String, MergeRefusal> {
    let (shared, repo) = (Arc::clone(state), repo.clone());
    let task = state.tasks.spawn(as_user(order.by.id, async move {
        let _refs = shared.refs.lock().await;
        merge_locked(&shared, &repo, &order).await
    }));
    task.await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

async fn merge_locked(
    state: &ForgeState,
    repo: &Repository,
    order: &MergeOrder,
) -> Result<String, MergeRefusal> {
    // The rows may be a moment behind a push that has just ended.
    sync::follow(state, repo).await?;
    let intent = decide(state, repo, order).await?;
    record(state, &intent).await?;
    if move_branch(state, repo, &intent).await? == RefUpdate::Moved {
        undo(state, &intent).await?;
        return Err(MergeRefusal::BaseMoved);
    }
    finish(state, repo, &intent).await?;
    // Other pull requests have a new base now.
    sync::follow(state, repo).await?;
    Ok(intent.merge_sha)
}

async fn decide(
    state: &ForgeState,
    repo: &Repository,
    order: &MergeOrder,
) -> Result<MergeIntent, MergeRefusal> {
    let mut conn = state.database.read().await?;
    let pull = pulls::find(&mut conn, repo.id, order.number)
        .await?
        .ok_or(MergeRefusal::Unknown)?;
    drop(conn);
    if !pull.issue.is_open {
        return Err(MergeRefusal::NotMergeable);
    }
    if order
        .expected_head
        .as_ref()
        .is_some_and(|head| *head != pull.head_sha)
    {
        return Err(MergeRefusal::HeadMoved);
    }
    check(state, repo, &pull, order).await?;
    let decided_at = time::now();
    let by = signature(&order.by, time::to_unix(&decided_at));
    let words = Words {
        title: order.title.as_deref(),
        message: order.message.as_deref(),
    };
    let merge_sha = plan(&state.repo(repo), repo, &pull, order.method, words, &by)
        .await?
        .ok_or(MergeRefusal::NotMergeable)?;
    Ok(intent_of(pull, merge_sha, order.by.clone(), decided_at))
}

/// Refuses what stands against the merge.
async fn check(
    state: &ForgeState,
    repo: &Repository,
    pull: &Pull,
    order: &MergeOrder,
) -> Result<(), MergeRefusal> {
    let blocked = |reason: &str| {
        Err(MergeRefusal::Blocked {
            reason: reason.to_owned(),
        })
    };
    let mut conn = state.database.read().await?;
    let by_admin = administers(&mut conn, repo, &order.by).await?;
    drop(conn);
    match judge(state, repo, pull).await? {
        Judgement::Clean | Judgement::Unstable => {}
        Judgement::Conflict | Judgement::Draft => return Err(MergeRefusal::NotMergeable),
        // Whoever may pass over the protection has said so by asking for the merge.
        Judgement::Blocked {
            admins_may: true, ..
        }
        | Judgement::Behind { admins_may: true }
            if by_admin => {}
        Judgement::Blocked { reason, .. } => return blocked(&reason),
        Judgement::Behind { .. } => {
            return blocked("Head branch is out of date. Update it and try the merge again.");
        }
    }
    if order.method == MergeMethod::Merge && needs_linear_history(state, repo, pull).await? {
        return blocked("Merge commits are not allowed on this branch.");
    }
    Ok(())
}

async fn needs_linear_history(
    state: &ForgeState,
    repo: &Repository,
    pull: &Pull,
) -> Result<bool, ForgeError> {
    let mut conn = state.database.read().await?;
    let rule = rule_of(&mut conn, repo, &pull.base_ref).await?;
    Ok(rule
        .protection()
        .is_some_and(|protection| protection.linear_history))
}

fn intent_of(pull: Pull, merge_sha: String, merged_by: User, decided_at: String) -> MergeIntent {
    MergeIntent {
        issue_id: pull.issue.id,
        number: pull.issue.number,
        base_ref: pull.base_ref,
        old_sha: pull.base_sha,
        merge_sha,
        merged_by,
        decided_at,
    }
}

async fn record(state: &ForgeState, intent: &MergeIntent) -> Result<(), ForgeError> {
    let mut tx = state.database.write().await?;
    intents::record(&mut tx, intent).await?;
    Ok(tx.commit().await?)
}

async fn move_branch(
    state: &ForgeState,
    repo: &Repository,
    intent: &MergeIntent,
) -> Result<RefUpdate, GitError> {
    let branch = format!("refs/heads/{}", intent.base_ref);
    state
        .repo(repo)
        .move_ref(&branch, &intent.merge_sha, Some(&intent.old_sha))
        .await
}

/// Forgets a decision that never reached the branch.
pub(super) async fn undo(state: &ForgeState, intent: &MergeIntent) -> Result<(), ForgeError> {
    let mut tx = state.database.write().await?;
    intents::forget(&mut tx, intent.issue_id).await?;
    Ok(tx.commit().await?)
}

/// Writes down that the branch has moved, and closes what the pull request promised to close.
pub(super) async fn finish(
    state: &ForgeState,
    repo: &Repository,
    intent: &MergeIntent,
) -> Result<(), ForgeError> {
    let by = &intent.merged_by;
    let mut tx = state.database.write().await?;
    let pull = pulls::find(&mut tx, repo.id, intent.number).await?;
    let pull = pull.expect("a merge intent refers to a pull request of its repository");
    pulls::mark_merged(
        &mut tx,
        intent.issue_id,
        by,
        &intent.merge_sha,
        &intent.old_sha,
        &intent.decided_at,
    )
    .await?;
    events::record(
        &mut tx,
        repo.id,
        intent.number,
        "merged",
        Some(by),
        Some(&intent.merge_sha),
    )
    .await?;
    issues::close(&mut tx, &pull.issue, Some(by), None).await?;
    if intent.base_ref == repo.default_branch {
        let body = pull.issue.body.as_deref().unwrap_or_default();
        for number in closed_by(body, &repo.full_name()) {
            if let Some(issue) = issues::find(&mut tx, repo.id, number)
                .await?
                .filter(|issue| !issue.is_pull)
            {
                issues::close(&mut tx, &issue, Some(by), Some("completed")).await?;
            }
        }
    }
    intents::forget(&mut tx, intent.issue_id).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests;
