//! What can go wrong in opening and administering a forge.
//!
//! Errors of the HTTP side are answers, not values of this type; `http::answer` makes them.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::git::GitError;
use crate::names::NameError;

/// Why the forge could not do what was asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForgeError {
    /// A file or folder of the forge's state could not be used.
    #[error("could not use `{path}`", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Another forge, here or in another process, has this folder open.
    #[error("`{root}` is open in another forge; shut that one down first", root = root.display())]
    AlreadyOpen {
        /// The folder of the state.
        root: PathBuf,
    },
    /// The address cannot be listened on.
    #[error("could not listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The forge's records could not be read or written.
    #[error("the forge's records could not be read or written")]
    Store(#[from] sqlx::Error),
    /// The state was written by a later version of the forge.
    #[error("the forge's records have format {found}; this build reads up to {known}")]
    TooNew {
        /// Format found on disk.
        found: i64,
        /// Latest format this build knows.
        known: i64,
    },
    /// A git command failed.
    #[error("git failed")]
    Git(#[from] GitError),
    /// A name has a form the forge does not take.
    #[error("a name was refused")]
    Name(#[from] NameError),
    /// No user has this login.
    #[error("there is no user `{login}`; create it first")]
    UnknownUser {
        /// The login asked for.
        login: String,
    },
    /// No repository has this name.
    #[error("there is no repository `{name}`; create it first")]
    UnknownRepository {
        /// The name asked for, as `owner/name`.
        name: String,
    },
    /// Something that the system has to give was not to be had.
    #[error("the system has no {what} for the forge")]
    System {
        /// What was asked for.
        what: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Webhooks are not delivered to this address.
    #[error(
        "webhooks are not delivered to `{url}`; set `ForgeOptions::hook_targets` if they are to be"
    )]
    HookTarget {
        /// The address asked for.
        url: String,
    },
    /// What was to be imported has no commit or no file.
    #[error("`{path}` holds nothing to import", path = path.display())]
    EmptySource {
        /// The folder or repository asked for.
        path: PathBuf,
    },
}

impl ForgeError {
    /// Whether the same call may succeed later without anyone changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::AlreadyOpen { .. } => true,
            Self::Store(source) => {
                matches!(source, sqlx::Error::PoolTimedOut | sqlx::Error::Io(_))
            }
            Self::Git(source) => source.is_retryable(),
            _ => false,
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
