//! Opens a pull request.

use std::sync::Arc;

use crate::error::ForgeError;
use crate::git::GitError;
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::repositories::Repository;
use crate::store::{checks, events, issues, pulls};

pub(crate) struct NewPull<'a> {
    pub(crate) title: &'a str,
    pub(crate) body: Option<&'a str>,
    pub(crate) head: &'a str,
    pub(crate) base: &'a str,
    pub(crate) draft: bool,
    pub(crate) author: &'a User,
}

/// Why a pull request was not opened.
#[derive(Debug)]
pub(crate) enum OpenRefusal {
    NoHead,
    NoBase,
    NothingToMerge,
    Exists,
    Failed(ForgeError),
}

impl From<ForgeError> for OpenRefusal {
    fn from(error: ForgeError) -> Self {
        Self::Failed(error)
    }
}

impl From<sqlx::Error> for OpenRefusal {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<GitError> for OpenRefusal {
    fn from(error: GitError) -> Self {
        Self::Failed(error.into())
    }
}

/// Writes the pull request down, keeps its head reachable and queues its check.
pub(crate) async fn open(
    state: &Arc<ForgeState>,
    repo: &Repository,
    new: &NewPull<'_>,
) -> Result<i64, OpenRefusal> {
    let _refs = state.refs.lock().await;
    let git = state.repo(repo);
    let head_sha = git.branch(new.head).await?.ok_or(OpenRefusal::NoHead)?;
    let base_sha = git.branch(new.base).await?.ok_or(OpenRefusal::NoBase)?;
    if git.behind_ahead(&base_sha, &head_sha).await?.1 == 0 {
        return Err(OpenRefusal::NothingToMerge);
    }
    let mut tx = state.database.write().await?;
    if pulls::open_between(&mut tx, repo.id, new.head, new.base)
        .await?
        .is_some()
    {
        return Err(OpenRefusal::Exists);
    }
    let draft = issues::Draft {
        repo_id: repo.id,
        key: None,
        title: new.title,
        body: new.body,
        author: new.author,
        is_pull: true,
    };
    let branches = pulls::Branches {
        head_ref: new.head,
        base_ref: new.base,
        head_sha: &head_sha,
        base_sha: &base_sha,
        draft: new.draft,
    };
    let number = pulls::insert(&mut tx, draft, &branches).await?;
    // Set before the row can be seen; a ref without a row is replaced by the next one of its number.
    git.set_ref(&head_ref(number), &head_sha).await?;
    events::record(
        &mut tx,
        repo.id,
        number,
        "opened",
        Some(new.author),
        Some(&head_sha),
    )
    .await?;
    checks::queue_ci(&mut tx, repo.id, &head_sha).await?;
    tx.commit().await?;
    state.check_queued.notify_one();
    Ok(number)
}

/// The ref that keeps a pull request's commits when its branch is deleted.
pub(super) fn head_ref(number: i64) -> String {
    format!("refs/pull/{number}/head")
}
