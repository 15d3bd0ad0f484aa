//! What every part of a running forge shares. It starts nothing and decides nothing.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::access::TokenKey;
use crate::downloads::Downloads;
use crate::error::ForgeError;
use crate::faults::Faults;
use crate::git::{Git, GitRepo};
use crate::names::RepositoryName;
use crate::options::ForgeOptions;
use crate::rates::RateBook;
use crate::store::accounts::User;
use crate::store::repositories::{self, Repository};
use crate::store::{Database, accounts};

/// Folders and files below the root.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn lock_file(&self) -> PathBuf {
        self.root.join("forge.lock")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.root.join("forge.sqlite")
    }

    pub(crate) fn repositories(&self) -> PathBuf {
        self.root.join("repos")
    }

    /// What tokens are made from.
    pub(crate) fn token_key(&self) -> PathBuf {
        self.root.join("token.key")
    }

    /// Hooks that git runs for a push.
    pub(crate) fn hooks(&self) -> PathBuf {
        self.root.join("hooks")
    }

    /// An empty folder that stands for git's HOME.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// Work in progress; emptied whenever the forge is opened.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.root.join("scratch")
    }

    pub(crate) fn repository(&self, owner: &str, name: &str) -> PathBuf {
        // SQLite compares names without case, so folders must, too.
        let (owner, name) = (owner.to_ascii_lowercase(), name.to_ascii_lowercase());
        self.repositories().join(owner).join(format!("{name}.git"))
    }
}

pub(crate) struct ForgeState {
    pub(crate) layout: Layout,
    pub(crate) options: ForgeOptions,
    pub(crate) database: Database,
    pub(crate) git: Git,
    pub(crate) token_key: TokenKey,
    /// Trouble that tests have ordered.
    pub(crate) faults: Faults,
    /// Requests of this hour.
    pub(crate) rates: RateBook,
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub(crate) origin: String,
    pub(crate) address: SocketAddr,
    /// How often the folder was opened; makes request ids differ between runs.
    pub(crate) opened: u64,
    pub(crate) requests: AtomicU64,
    /// Held while refs and the rows about them change together. One for all repositories: a merge
    /// or a look at the branches lasts milliseconds.
    pub(crate) refs: Mutex<()>,
    pub(crate) check_queued: Notify,
    pub(crate) check_completed: Notify,
    /// There may be something to tell by webhooks.
    pub(crate) outbox_filled: Notify,
    /// Everything was told.
    pub(crate) outbox_emptied: Notify,
    pub(crate) check_cancelled: Notify,
    pub(crate) downloads: Downloads,
    pub(crate) stop: CancellationToken,
    /// Work that must not be cut off when its request is dropped.
    pub(crate) tasks: TaskTracker,
    /// Keeps other forges out of the folder for as long as anything works on it.
    pub(crate) _lock: std::fs::File,
}

impl ForgeState {
    pub(crate) fn repo(&self, repo: &Repository) -> GitRepo {
        self.git
            .at(self.layout.repository(&repo.owner.login, &repo.name))
    }

    pub(crate) async fn known_repository(
        &self,
        name: &RepositoryName,
    ) -> Result<Repository, ForgeError> {
        let mut conn = self.database.read().await?;
        repositories::find(&mut conn, name.owner(), name.name())
            .await?
            .ok_or_else(|| ForgeError::UnknownRepository {
                name: name.to_string(),
            })
    }

    pub(crate) async fn known_user(&self, login: &str) -> Result<User, ForgeError> {
        let mut conn = self.database.read().await?;
        accounts::user(&mut conn, login)
            .await?
            .ok_or_else(|| ForgeError::UnknownUser {
                login: login.to_owned(),
            })
    }
}
