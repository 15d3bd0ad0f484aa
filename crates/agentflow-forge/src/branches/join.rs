//! Merges one branch into another without a pull request.

use std::sync::Arc;

use super::change::{RefChange, RefRefusal, change_locked};
use crate::acting::as_user;
use crate::error::ForgeError;
use crate::pulls::signature;
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::pulls::Pull;
use crate::store::repositories::Repository;
use crate::time;

#[derive(Debug)]
pub(crate) enum Joined {
    /// The merge commit, to which the branch points now.
    Merged(String),
    /// The branch had all of it already.
    Nothing,
}

/// Why nothing was merged.
#[derive(Debug)]
pub(crate) enum JoinRefusal {
    NoBase,
    NoHead,
    Conflict,
    /// The branch is not where the caller thought it was.
    Moved,
    Protected {
        reason: String,
    },
    Failed(ForgeError),
}

impl<E: Into<ForgeError>> From<E> for JoinRefusal {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// One merge to be made.
struct Join {
    branch: String,
    /// Where the branch must be, if the caller has a view on that.
    expected: Option<String>,
    /// What is merged into it, as a branch, a tag or a hash.
    from: String,
    message: String,
    by: User,
}

/// Merges `head` into the branch `base`.
pub(crate) async fn join(
    state: &Arc<ForgeState>,
    repo: &Repository,
    (base, head): (&str, &str),
    message: Option<String>,
    by: &User,
) -> Result<Joined, JoinRefusal> {
    let join = Join {
        branch: base.to_owned(),
        expected: None,
        from: head.to_owned(),
        message: message.unwrap_or_else(|| format!("Merge {head} into {base}")),
        by: by.clone(),
    };
    run(state, repo, join).await
}

/// Merges a pull request's base into its head.
pub(crate) async fn update_head(
    state: &Arc<ForgeState>,
    repo: &Repository,
    pull: &Pull,
    expected: Option<String>,
    by: &User,
) -> Result<Joined, JoinRefusal> {
    let join = Join {
        branch: pull.head_ref.clone(),
        expected,
        from: pull.base_ref.clone(),
        message: format!("Merge branch '{}' into {}", pull.base_ref, pull.head_ref),
        by: by.clone(),
    };
    run(state, repo, join).await
}

/// Runs on its own task: a client that hangs up does not cut a merge in two.
async fn run(
    state: &Arc<ForgeState>,
    repo: &Repository,
    join: Join,
) -> Result<Joined, JoinRefusal> {
    let (shared, repo) = (Arc::clone(state), repo.clone());
    let by = join.by.id;
    let task = state.tasks.spawn(as_user(by, async move {
        let _refs = shared.refs.lock().await;
        run_locked(&shared, &repo, join).await
    }));
    task.await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

async fn run_locked(
    state: &ForgeState,
    repo: &Repository,
    join: Join,
) -> Result<Joined, JoinRefusal> {
    let git = state.repo(repo);
    let tip = git.branch(&join.branch).await?.ok_or(JoinRefusal::NoBase)?;
    if join.expected.is_some_and(|expected| expected != tip) {
        return Err(JoinRefusal::Moved);
    }
    let from = git.resolve(&join.from).await?.ok_or(JoinRefusal::NoHead)?;
    if git.is_ancestor(&from, &tip).await? {
        return Ok(Joined::Nothing);
    }
    let tree = git
        .merged_tree(None, &tip, &from)
        .await?
        .ok_or(JoinRefusal::Conflict)?;
    let by = signature(&join.by, time::to_unix(&time::now()));
    let message = format!("{}\n", join.message.trim_end());
    let sha = git
        .new_commit(&tree, &[&tip, &from], &message, &by, &by)
        .await?;
    let change = RefChange {
        name: format!("refs/heads/{}", join.branch),
        old: Some(tip),
        new: Some(sha.clone()),
        by: join.by,
    };
    match change_locked(state, repo, &change).await {
        Ok(()) => Ok(Joined::Merged(sha)),
        Err(RefRefusal::Moved) => Err(JoinRefusal::Moved),
        Err(RefRefusal::Protected { reason }) => Err(JoinRefusal::Protected { reason }),
        Err(RefRefusal::Failed(error)) => Err(JoinRefusal::Failed(error)),
    }
}
