//! A repository: its branches and their rules, its files, its commits.

mod about;
mod commit;
mod commit_files;
mod file;
mod protection;
mod signing;
mod tree;

pub use about::{Branch, BranchCommit, Repository};
pub use commit::{Commit, CommitAbout, CommitPerson, Comparison};
pub use commit_files::{FileChange, NewCommit};
pub use file::File;
pub use protection::BranchRules;
pub use signing::{CommitSigner, GpgSigner, SigningError, SshSigner};
pub use tree::{EntryKind, Tree, TreeEntry};
