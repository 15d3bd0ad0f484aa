//! Repositories that clients make: empty, or with one commit.

use std::path::Path;

use crate::admin::put_in_place;
use crate::error::ForgeError;
use crate::git::{self, GitRepo, TreeChange};
use crate::names::RepositoryName;
use crate::pulls::signature;
use crate::state::ForgeState;
use crate::store::accounts::User;
use crate::store::repositories::{self, Repository};
use crate::time;
use crate::webhooks::notice_refs;

/// A repository that nobody imports.
pub(crate) struct NewRepository<'a> {
    pub(crate) name: &'a RepositoryName,
    pub(crate) owner: &'a User,
    pub(crate) description: Option<&'a str>,
    /// Whether it begins with a commit of a file that introduces it.
    pub(crate) with_readme: bool,
}

/// Makes it, unless there is one of that name.
///
/// The folder is in place before its row, so a kill leaves the whole repository or none.
pub(crate) async fn create_empty(
    state: &ForgeState,
    new: NewRepository<'_>,
) -> Result<Option<Repository>, ForgeError> {
    let name = new.name;
    let _refs = state.refs.lock().await;
    match state.known_repository(name).await {
        Err(ForgeError::UnknownRepository { .. }) => {}
        found => return found.map(|_| None),
    }
    let scratch = state.layout.scratch();
    let made = tempfile::Builder::new()
        .prefix("new-")
        .tempdir_in(&scratch)
        .map_err(ForgeError::io(&scratch))?;
    let git = state.git.at(made.path());
    git::init_bare(&git, git::FIRST_BRANCH).await?;
    if new.with_readme {
        let description = new.description.unwrap_or_default();
        let text = format!("# {}\n{description}\n", name.name());
        first_commit(&git, &text, new.owner, &scratch).await?;
    }
    put_in_place(
        &made.keep(),
        &state.layout.repository(name.owner(), name.name()),
    )?;
    let mut tx = state.database.write().await?;
    repositories::insert(&mut tx, new.owner, name.name(), git::FIRST_BRANCH).await?;
    let repo = repositories::find(&mut tx, name.owner(), name.name()).await?;
    if let Some(repo) = &repo {
        repositories::describe(&mut tx, repo.id, new.description).await?;
    }
    let repo = repositories::find(&mut tx, name.owner(), name.name()).await?;
    tx.commit().await?;
    if let Some(repo) = &repo {
        // So that its first branch is not taken for one that was pushed later.
        notice_refs(state, repo).await?;
    }
    Ok(repo)
}

async fn first_commit(
    git: &GitRepo,
    readme: &str,
    by: &User,
    scratch: &Path,
) -> Result<(), ForgeError> {
    let blob = git.new_blob(readme.as_bytes()).await?;
    let file = TreeChange {
        path: "README.md".to_owned(),
        to: Some(("100644".to_owned(), blob)),
    };
    let tree = git.new_tree(None, &[file], scratch).await?;
    let by = signature(by, time::to_unix(&time::now()));
    let commit = git
        .new_commit(&tree, &[], "Initial commit\n", &by, &by)
        .await?;
    let branch = format!("refs/heads/{}", git::FIRST_BRANCH);
    Ok(git.set_ref(&branch, &commit).await?)
}
