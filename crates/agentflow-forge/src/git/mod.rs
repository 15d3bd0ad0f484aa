//! Everything the forge asks of git, through the git command line.
//!
//! One argument per value, never a shell, an environment of the forge's own, a time and an output
//! limit on every command. It knows nothing of pull requests or users.

mod diff;
mod import;
mod lookup;
mod merge;
mod objects;
mod patch;
mod refs;
mod run;
mod write;

pub use self::import::RepositorySource;
pub use self::run::GitError;

pub(crate) use self::diff::{DiffFile, FileStatus};
pub(crate) use self::import::{FIRST_BRANCH, import, init_bare};
pub(crate) use self::lookup::{ObjectKind, RefTarget, is_full_hash};
pub(crate) use self::merge::Signature;
pub(crate) use self::objects::{Commit, EntryKind, Person, TreeEntry};
pub(crate) use self::patch::{LineKind, Patch, Side};
pub(crate) use self::refs::{RefUpdate, remove_stale_locks};
pub(crate) use self::run::{Git, GitLimits, GitRepo};
pub(crate) use self::write::{FOLDER_MODE, TreeChange};
