//! A repository, its branches and its files.

mod about;
mod file;

pub use about::{Branch, BranchCommit, Repository};
pub use file::File;
