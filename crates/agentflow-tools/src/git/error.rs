//! Why git could not do it, and whether trying again may help.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::CommitId;

/// What git, its server or its input did wrong. Secrets are masked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// Git could not be started.
    #[error("git could not be run; is it installed?")]
    Start {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A folder or file could not be used.
    #[error("`{}` cannot be used for a work tree", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is no work tree in the folder.
    #[error("`{}` holds no work tree; clone a repository into it first", path.display())]
    NotCloned {
        /// The folder.
        path: PathBuf,
    },
    /// The address cannot be used.
    #[error("the repository's address has a user or password in it; pass the token apart")]
    SecretInUrl,
    /// The text is no full object id.
    #[error("`{text}` is not a full object id")]
    BadId {
        /// The text, cut.
        text: String,
    },
    /// The text cannot be the name of a branch.
    #[error("`{name}` cannot be the name of a branch")]
    BadBranch {
        /// The text.
        name: String,
    },
    /// An author's name or address cannot be written into a commit.
    #[error("an author's name and address must not be empty or hold `<`, `>` or line ends")]
    BadSignature,
    /// A trailer cannot be written into a commit.
    #[error("`{key}` cannot be a trailer: its key is letters, digits and `-`, its value one line")]
    BadTrailer {
        /// Its key.
        key: String,
    },
    /// The commit is not in the repository.
    #[error("commit {commit} is not in the repository; fetch it first")]
    MissingCommit {
        /// Its id.
        commit: CommitId,
    },
    /// There is nothing to commit.
    #[error("the tree is the same as that of {parent}; there is nothing to commit")]
    NothingToCommit {
        /// The commit it was to follow.
        parent: CommitId,
    },
    /// A repository lies inside the work tree.
    #[error("`{path}` in the work tree is a git repository of its own; remove its `.git`")]
    NestedRepository {
        /// Where, relative to the work tree.
        path: String,
    },
    /// The server could not be reached, or failed.
    #[error("git {what}: the server cannot be reached or failed: {stderr}")]
    Network {
        /// What was tried.
        what: &'static str,
        /// What git said.
        stderr: String,
    },
    /// The server did not accept the token, or there was none.
    #[error("git {what}: access was denied; check the token and its permissions: {stderr}")]
    Denied {
        /// What was tried.
        what: &'static str,
        /// What git said.
        stderr: String,
    },
    /// There is no such repository, or the token may not see it.
    #[error("git {what}: the repository was not found, or the token may not see it: {stderr}")]
    NotFound {
        /// What was tried.
        what: &'static str,
        /// What git said.
        stderr: String,
    },
    /// Someone else pushed to the branch.
    #[error("branch `{branch}` was advanced by someone else; fetch and rebase onto it: {stderr}")]
    RemoteAdvanced {
        /// The branch.
        branch: String,
        /// What git said.
        stderr: String,
    },
    /// The server's rules refuse the push.
    #[error("the server refused the push to `{branch}`: {stderr}")]
    Refused {
        /// The branch.
        branch: String,
        /// What git said.
        stderr: String,
    },
    /// It took too long.
    #[error("git {what} was stopped after {} s", after.as_secs())]
    TimedOut {
        /// What was tried.
        what: &'static str,
        /// The time limit.
        after: Duration,
    },
    /// It printed too much.
    #[error("git {what} printed more than {max_bytes} bytes; narrow it down")]
    OutputTooLarge {
        /// What was tried.
        what: &'static str,
        /// Bytes allowed.
        max_bytes: usize,
    },
    /// More came from the server than is taken.
    #[error(
        "git {what}: the server sends more than {max_bytes} bytes; raise `pack_bytes_max` if it should"
    )]
    TooLarge {
        /// What was tried.
        what: &'static str,
        /// Bytes allowed.
        max_bytes: u64,
    },
    /// It printed something else than it should have.
    #[error("git {what} answered in a way that is not understood")]
    Unexpected {
        /// What was tried.
        what: &'static str,
    },
    /// Anything else.
    #[error("git {what} failed: {stderr}")]
    Failed {
        /// What was tried.
        what: &'static str,
        /// What git said.
        stderr: String,
    },
}

impl GitError {
    /// Whether the same call may succeed later without anyone changing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Network { .. } | Self::TimedOut { .. })
    }
}
