//! What only the owner of a forge can do: users, tokens, repositories, first issues.
//!
//! Every call can be repeated: a second one with the same names finds what the first one made.

use std::path::Path;

use secrecy::SecretString;

use crate::access::{Access, Grant};
use crate::error::ForgeError;
use crate::forge::Forge;
use crate::git::{self, RepositorySource};
use crate::names::{RepositoryName, check_login};
use crate::store::{accounts, events, issues, labels, repositories};
use crate::webhooks::notice_refs;

/// What a simple token allows, whatever its user is to a repository.
///
/// [`NewToken`](crate::NewToken) makes tokens with rights of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenScope {
    /// Reading and changing every repository of the forge; managing those of its user.
    ReadWrite,
    /// Reading every repository.
    ReadOnly,
}

/// An issue to be created by [`Forge::create_issue`].
#[derive(Clone, Copy, Debug, Default)]
pub struct NewIssue<'a> {
    /// Names the issue within its repository, so that it is created once.
    pub key: &'a str,
    /// One line.
    pub title: &'a str,
    /// Markdown, may be empty.
    pub body: &'a str,
    /// Login of an existing user.
    pub author: &'a str,
    /// Names of labels; missing ones are made.
    pub labels: &'a [&'a str],
}

impl Forge {
    /// Makes sure that there is a user with this login.
    ///
    /// # Errors
    /// [`ForgeError::Name`] when it cannot be a login.
    pub async fn create_user(&self, login: &str) -> Result<(), ForgeError> {
        check_login(login)?;
        let mut tx = self.state.database.write().await?;
        accounts::ensure_user(&mut tx, login).await?;
        Ok(tx.commit().await?)
    }

    /// The user's token called `name`, made on first use and the same ever after.
    ///
    /// A later call with another scope changes what the token allows.
    ///
    /// # Errors
    /// [`ForgeError::UnknownUser`].
    pub async fn create_token(
        &self,
        login: &str,
        name: &str,
        scope: TokenScope,
    ) -> Result<SecretString, ForgeError> {
        let access = match scope {
            TokenScope::ReadWrite => Access::Write,
            TokenScope::ReadOnly => Access::Read,
        };
        self.put_token(login, name, &Grant::Everywhere { access }, None)
            .await
    }

    /// Imports a local git repository or folder; one that is there already is left as it is.
    ///
    /// Merges into the new repository wait for passing checks; see
    /// [`require_checks`](Forge::require_checks).
    ///
    /// # Errors
    /// [`ForgeError::UnknownUser`] for the owner, [`ForgeError::EmptySource`] when there is no
    /// commit or file to import, [`ForgeError::Name`], [`ForgeError::Git`].
    ///
    /// # Cancel safety
    /// Dropping the future leaves the whole repository or none.
    pub async fn create_repository(
        &self,
        owner: &str,
        name: &str,
        source: RepositorySource,
    ) -> Result<RepositoryName, ForgeError> {
        let name = RepositoryName::new(owner, name)?;
        let owner = self.state.known_user(owner).await?;
        let _refs = self.state.refs.lock().await;
        match self.state.known_repository(&name).await {
            Err(ForgeError::UnknownRepository { .. }) => {}
            found => return found.map(|_| name),
        }
        let scratch = self.state.layout.scratch();
        let import = tempfile::Builder::new()
            .prefix("import-")
            .tempdir_in(&scratch)
            .map_err(ForgeError::io(scratch))?;
        let default_branch = git::import(&self.state.git, &source, import.path()).await?;
        put_in_place(
            &import.keep(),
            &self.state.layout.repository(name.owner(), name.name()),
        )?;
        let mut tx = self.state.database.write().await?;
        repositories::insert(&mut tx, &owner, name.name(), &default_branch).await?;
        tx.commit().await?;
        // From here on a push is one.
        let repo = self.state.known_repository(&name).await?;
        notice_refs(&self.state, &repo).await?;
        Ok(name)
    }

    /// Says whether merges into a repository wait for passing checks; at first they do.
    ///
    /// # Errors
    /// [`ForgeError::UnknownRepository`].
    pub async fn require_checks(
        &self,
        repo: &RepositoryName,
        required: bool,
    ) -> Result<(), ForgeError> {
        let repo = self.state.known_repository(repo).await?;
        let mut tx = self.state.database.write().await?;
        repositories::set_requires_checks(&mut tx, repo.id, required).await?;
        Ok(tx.commit().await?)
    }

    /// The number of the issue with this key, created on first use.
    ///
    /// # Errors
    /// [`ForgeError::UnknownRepository`], [`ForgeError::UnknownUser`] for the author.
    pub async fn create_issue(
        &self,
        repo: &RepositoryName,
        issue: NewIssue<'_>,
    ) -> Result<u64, ForgeError> {
        let repo = self.state.known_repository(repo).await?;
        let author = self.state.known_user(issue.author).await?;
        let mut tx = self.state.database.write().await?;
        if let Some(number) = issues::number_of_key(&mut tx, repo.id, issue.key).await? {
            return Ok(number.unsigned_abs());
        }
        let draft = issues::Draft {
            repo_id: repo.id,
            key: Some(issue.key),
            title: issue.title,
            body: Some(issue.body),
            author: &author,
            is_pull: false,
        };
        let (number, id) = issues::insert(&mut tx, draft).await?;
        let names: Vec<String> = issue.labels.iter().map(|&name| name.to_owned()).collect();
        labels::add(&mut tx, repo.id, id, &names).await?;
        events::record(&mut tx, repo.id, number, "opened", Some(&author), None).await?;
        tx.commit().await?;
        self.state.outbox_filled.notify_one();
        Ok(number.unsigned_abs())
    }
}

/// Moves a finished import to where the repository lives. What is there already belongs to an
/// import whose row was never written, so nobody has seen it.
pub(crate) fn put_in_place(import: &Path, place: &Path) -> Result<(), ForgeError> {
    if place.exists() {
        std::fs::remove_dir_all(place).map_err(ForgeError::io(place))?;
    }
    if let Some(parent) = place.parent() {
        std::fs::create_dir_all(parent).map_err(ForgeError::io(parent))?;
    }
    std::fs::rename(import, place).map_err(ForgeError::io(place))
}
