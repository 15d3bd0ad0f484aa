//! Commits a change of one file to a branch.

use std::sync::Arc;

use super::change::{RefChange, RefRefusal, change_locked};
use crate::acting::as_user;
use crate::error::ForgeError;
use crate::git::{EntryKind, FOLDER_MODE, GitRepo, Signature, TreeChange, TreeEntry};
use crate::pulls::signature;
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::repositories::Repository;
use crate::time;

/// What a client wants of one file.
#[derive(Clone, Debug)]
pub(crate) struct FileEdit {
    pub(crate) branch: String,
    pub(crate) path: String,
    /// The file's bytes afterwards; absent when it is to be deleted.
    pub(crate) content: Option<Vec<u8>>,
    /// The content that the caller has seen there.
    pub(crate) seen: Option<String>,
    pub(crate) message: String,
    pub(crate) author: Option<Signature>,
    pub(crate) committer: Option<Signature>,
    pub(crate) by: User,
}

/// The commit that was made, and whether there was no such file before.
#[derive(Debug)]
pub(crate) struct Edited {
    pub(crate) commit: String,
    pub(crate) is_new: bool,
}

/// Why the file was left alone.
#[derive(Debug)]
pub(crate) enum EditRefusal {
    NoBranch,
    /// There is no such file to delete.
    NoFile,
    NotAFile,
    /// A part of the path is a file already.
    BelowFile,
    /// A file that is there is only changed by who says what he has seen there.
    NotSeen,
    /// The file is not what the caller has seen.
    Stale,
    /// The branch moved meanwhile.
    Moved {
        expected: String,
    },
    Protected {
        reason: String,
    },
    Failed(ForgeError),
}

impl<E: Into<ForgeError>> From<E> for EditRefusal {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Runs on its own task: a client that hangs up does not come between the ref and its rows.
pub(crate) async fn edit_file(
    state: &Arc<ForgeState>,
    repo: &Repository,
    edit: FileEdit,
) -> Result<Edited, EditRefusal> {
    let (shared, repo) = (Arc::clone(state), repo.clone());
    let by = edit.by.id;
    let task = state.tasks.spawn(as_user(by, async move {
        let _refs = shared.refs.lock().await;
        edit_locked(&shared, &repo, edit).await
    }));
    task.await
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

async fn edit_locked(
    state: &ForgeState,
    repo: &Repository,
    edit: FileEdit,
) -> Result<Edited, EditRefusal> {
    let git = state.repo(repo);
    let tip = git.branch(&edit.branch).await?;
    // The first commit of an empty repository may be made this way.
    if tip.is_none() && edit.branch != repo.default_branch {
        return Err(EditRefusal::NoBranch);
    }
    let before = match &tip {
        Some(tip) => git.entry(tip, &edit.path).await?,
        None => None,
    };
    check(before.as_ref(), &edit)?;
    if let Some(tip) = tip.as_deref().filter(|_| before.is_none()) {
        check_folders(&git, tip, &edit.path).await?;
    }
    let to = match &edit.content {
        Some(bytes) => Some((mode(before.as_ref()), git.new_blob(bytes).await?)),
        None => None,
    };
    let change = TreeChange {
        path: edit.path.clone(),
        to,
    };
    let scratch = state.layout.scratch();
    let tree = git.new_tree(tip.as_deref(), &[change], &scratch).await?;
    let own = signature(&edit.by, time::to_unix(&time::now()));
    let committer = edit.committer.unwrap_or(own);
    let author = edit.author.unwrap_or_else(|| committer.clone());
    let parents: Vec<&str> = tip.as_deref().into_iter().collect();
    let message = format!("{}\n", edit.message.trim_end());
    let commit = git
        .new_commit(&tree, &parents, &message, &author, &committer)
        .await?;
    let change = RefChange {
        name: format!("refs/heads/{}", edit.branch),
        old: tip.clone(),
        new: Some(commit.clone()),
        by: edit.by,
    };
    change_locked(state, repo, &change)
        .await
        .map_err(|refusal| match refusal {
            RefRefusal::Moved => EditRefusal::Moved {
                expected: tip.unwrap_or_default(),
            },
            RefRefusal::Protected { reason } => EditRefusal::Protected { reason },
            RefRefusal::Failed(error) => EditRefusal::Failed(error),
        })?;
    Ok(Edited {
        commit,
        is_new: before.is_none(),
    })
}

fn check(before: Option<&TreeEntry>, edit: &FileEdit) -> Result<(), EditRefusal> {
    let Some(before) = before else {
        return match (&edit.content, &edit.seen) {
            (None, _) => Err(EditRefusal::NoFile),
            (Some(_), Some(_)) => Err(EditRefusal::Stale),
            (Some(_), None) => Ok(()),
        };
    };
    if before.kind.mode() == FOLDER_MODE || before.kind == EntryKind::Submodule {
        return Err(EditRefusal::NotAFile);
    }
    match &edit.seen {
        None => Err(EditRefusal::NotSeen),
        Some(seen) if *seen != before.sha => Err(EditRefusal::Stale),
        Some(_) => Ok(()),
    }
}

/// A file that stands where a folder is needed would silently go.
async fn check_folders(git: &GitRepo, tip: &str, path: &str) -> Result<(), EditRefusal> {
    for (at, _) in path.match_indices('/') {
        match git.entry(tip, &path[..at]).await? {
            Some(entry) if entry.kind != EntryKind::Folder => return Err(EditRefusal::BelowFile),
            Some(_) => {}
            None => break,
        }
    }
    Ok(())
}

fn mode(before: Option<&TreeEntry>) -> String {
    before
        .map_or(EntryKind::File, |before| before.kind)
        .mode()
        .to_owned()
}
