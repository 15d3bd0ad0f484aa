//! What a pull request, or any two commits, have between them.

use crate::git::{Commit, DiffFile, GitError, GitRepo};
use crate::store::pulls::Pull;

/// Two commits seen from where they parted.
pub(crate) struct Comparison {
    pub(crate) merge_base: String,
    pub(crate) head: String,
    /// Oldest first.
    pub(crate) commits: Vec<Commit>,
    pub(crate) files: Vec<DiffFile>,
}

impl Comparison {
    pub(crate) fn additions(&self) -> u64 {
        self.files.iter().map(|file| file.additions).sum()
    }

    pub(crate) fn deletions(&self) -> u64 {
        self.files.iter().map(|file| file.deletions).sum()
    }

    /// Nothing when the commits have no common ancestor.
    pub(crate) async fn between(
        git: &GitRepo,
        base: &str,
        head: &str,
    ) -> Result<Option<Self>, GitError> {
        let Some(merge_base) = git.merge_base(base, head).await? else {
            return Ok(None);
        };
        let mut commits = git.log(Some(base), head, None).await?;
        commits.reverse();
        let files = git.diff_files(&merge_base, head).await?;
        Ok(Some(Self {
            merge_base,
            head: head.to_owned(),
            commits,
            files,
        }))
    }
}

/// A pull request's own changes. For a merged one the base is where it was before the merge.
pub(crate) async fn of_pull(git: &GitRepo, pull: &Pull) -> Result<Comparison, GitError> {
    let found = Comparison::between(git, &pull.base_sha, &pull.head_sha).await?;
    // After a base was rewritten there may be nothing left in common to compare from.
    Ok(found.unwrap_or_else(|| Comparison {
        merge_base: pull.base_sha.clone(),
        head: pull.head_sha.clone(),
        commits: Vec::new(),
        files: Vec::new(),
    }))
}
