//! How commits stand to one another: what they share, what differs, where they conflict.

use super::change::parse_changes;
use super::runner::GitCommand;
use super::{ChangedFile, CommitId, GitError, GitWorkTree};

impl GitWorkTree {
    /// The newest commit that both have; none where they share no history.
    ///
    /// # Errors
    ///
    /// [`GitError::MissingCommit`] when one of them is not in the repository.
    pub async fn merge_base(
        &self,
        one: &CommitId,
        other: &CommitId,
    ) -> Result<Option<CommitId>, GitError> {
        let git = self.begin().await?;
        for commit in [one, other] {
            self.check_commit(&git, commit).await?;
        }
        let args = ["merge-base", one.as_str(), other.as_str()];
        let answer = git.ask(GitCommand::new("merge-base", args)).await?;
        let found = String::from_utf8_lossy(&answer.stdout);
        match (answer.success, found.trim()) {
            (true, found) => CommitId::parse(found).map(Some),
            (false, "") if answer.stderr.is_empty() => Ok(None),
            (false, _) => Err(GitError::Failed {
                what: "merge-base",
                stderr: answer.stderr,
            }),
        }
    }

    /// The files in which `theirs` conflicts with `ours`, sorted; none where they merge.
    ///
    /// The files and branches stay as they are: the merge is only tried.
    ///
    /// # Errors
    ///
    /// [`GitError::MissingCommit`] when one of them is not in the repository;
    /// [`GitError::Failed`] where they share no history.
    pub async fn conflicts(
        &self,
        ours: &CommitId,
        theirs: &CommitId,
    ) -> Result<Vec<String>, GitError> {
        let git = self.begin().await?;
        for commit in [ours, theirs] {
            self.check_commit(&git, commit).await?;
        }
        let args = [
            "merge-tree",
            "--write-tree",
            "--no-messages",
            "--name-only",
            "-z",
            ours.as_str(),
            theirs.as_str(),
        ];
        let answer = git.ask(GitCommand::new("merge-tree", args)).await?;
        // The tree comes first, whether they merge or not; without it git failed.
        let listed = String::from_utf8_lossy(&answer.stdout);
        let mut fields = listed.split_terminator('\0');
        if fields.next().is_none() {
            return Err(GitError::Failed {
                what: "merge-tree",
                stderr: answer.stderr,
            });
        }
        let mut paths: Vec<String> = fields.map(str::to_owned).collect();
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    /// The changes from one commit to another, as a unified diff.
    ///
    /// # Errors
    ///
    /// [`GitError::MissingCommit`] when one of them is not in the repository;
    /// [`GitError::OutputTooLarge`].
    pub async fn diff_between(&self, from: &CommitId, to: &CommitId) -> Result<String, GitError> {
        let git = self.begin().await?;
        for commit in [from, to] {
            self.check_commit(&git, commit).await?;
        }
        git.diff_of(from.as_str(), to.as_str()).await
    }

    /// The files that differ between two commits, by path.
    ///
    /// # Errors
    ///
    /// As [`diff_between`](Self::diff_between).
    pub async fn files_between(
        &self,
        from: &CommitId,
        to: &CommitId,
    ) -> Result<Vec<ChangedFile>, GitError> {
        let git = self.begin().await?;
        for commit in [from, to] {
            self.check_commit(&git, commit).await?;
        }
        parse_changes(&git.names_of(from.as_str(), to.as_str()).await?)
    }
}
