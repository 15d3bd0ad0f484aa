//! Whole work trees by id: taken, brought back, compared.

use std::path::Path;

use super::change::parse_changes;
use super::runner::{Git, GitCommand};
use super::{ChangedFile, CommitId, GitError, GitWorkTree, TreeId};

/// Trees taken here are kept by a reference each, so that no clean-up drops
/// them before they are restored.
const KEPT: &str = "refs/agentflow/trees";

/// Mode of an entry that is another repository.
const REPOSITORY_MODE: &str = "160000";

impl GitWorkTree {
    /// Takes all files that are not ignored, and gives the id to bring them back.
    ///
    /// Nothing is committed. The same files always have the same id. Files that
    /// the current commit has are taken even where they are ignored.
    ///
    /// # Errors
    ///
    /// [`GitError::NestedRepository`] when part of the work tree is a repository
    /// of its own, whose files git would not take.
    pub async fn snapshot(&self) -> Result<TreeId, GitError> {
        let git = self.begin().await?;
        git.take_files().await
    }

    /// Makes the files exactly those of `tree`: others are removed, but for
    /// ignored ones.
    ///
    /// # Errors
    ///
    /// When the tree is not in the repository or a file cannot be written.
    pub async fn restore(&self, tree: &TreeId) -> Result<(), GitError> {
        let git = self.begin().await?;
        git.restore_files(tree.as_str()).await
    }

    /// Lets git drop a tree that nobody will restore any more.
    ///
    /// # Errors
    ///
    /// When the repository cannot be written. A tree that was released before is fine.
    pub async fn release(&self, tree: &TreeId) -> Result<(), GitError> {
        let git = self.begin().await?;
        let kept = format!("{KEPT}/{tree}");
        git.run(GitCommand::new("update-ref", ["update-ref", "-d", &kept]))
            .await?;
        Ok(())
    }

    /// The changes from `base` to the files as they are, as a unified diff.
    ///
    /// # Errors
    ///
    /// As [`snapshot`](Self::snapshot); [`GitError::MissingCommit`] when `base`
    /// is not in the repository; [`GitError::OutputTooLarge`].
    pub async fn diff(&self, base: &CommitId) -> Result<String, GitError> {
        let git = self.begin().await?;
        self.check_commit(&git, base).await?;
        let tree = git.take_files().await?;
        git.diff_of(base.as_str(), tree.as_str()).await
    }

    /// The files that differ between `base` and the files as they are, by path.
    ///
    /// # Errors
    ///
    /// As [`diff`](Self::diff).
    pub async fn changed_files(&self, base: &CommitId) -> Result<Vec<ChangedFile>, GitError> {
        let git = self.begin().await?;
        self.check_commit(&git, base).await?;
        let tree = git.take_files().await?;
        parse_changes(&git.names_of(base.as_str(), tree.as_str()).await?)
    }

    /// The paths of the files in `tree`, sorted.
    ///
    /// # Errors
    ///
    /// When the tree is not in the repository; [`GitError::OutputTooLarge`].
    pub async fn files(&self, tree: &TreeId) -> Result<Vec<String>, GitError> {
        let git = self.begin().await?;
        let args = ["ls-tree", "-r", "-z", "--name-only", tree.as_str()];
        let listed = git.run(GitCommand::new("ls-tree", args)).await?;
        let paths = listed
            .split(|byte| *byte == 0)
            .filter(|path| !path.is_empty());
        Ok(paths
            .map(|path| String::from_utf8_lossy(path).into_owned())
            .collect())
    }
}

impl Git {
    /// What differs between two commits or trees, as a unified diff.
    pub(super) async fn diff_of(&self, from: &str, to: &str) -> Result<String, GitError> {
        let args = [
            "diff",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--find-renames",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            from,
            to,
            "--",
        ];
        let shown = self.run(GitCommand::new("diff", args)).await?;
        Ok(String::from_utf8_lossy(&shown).into_owned())
    }

    /// Which files differ between two commits or trees, for `parse_changes`.
    pub(super) async fn names_of(&self, from: &str, to: &str) -> Result<Vec<u8>, GitError> {
        let args = [
            "diff-tree",
            "-r",
            "-z",
            "--no-renames",
            "--name-status",
            from,
            to,
        ];
        self.run(GitCommand::new("diff-tree", args)).await
    }

    /// Writes the present files as a tree and keeps it.
    async fn take_files(&self) -> Result<TreeId, GitError> {
        // What the last tree added is forgotten, what the commit has is known;
        // the index keeps its file times, so unchanged files are not read again.
        // `-i`: files that were changed since a restore are no conflict here.
        self.run(GitCommand::new(
            "read-tree",
            ["read-tree", "-i", "-m", "HEAD"],
        ))
        .await?;
        let known = self.repositories().await?;
        for path in &known {
            // Git would look into it with the settings found there.
            if self
                .work_tree
                .join(path)
                .join(".git")
                .symlink_metadata()
                .is_ok()
            {
                return Err(GitError::NestedRepository { path: path.clone() });
            }
        }
        let added = self
            .ask(GitCommand::new("add", ["add", "--all", "."]))
            .await?;
        if !added.success {
            return Err(nested(&added.stderr).unwrap_or(GitError::Failed {
                what: "add",
                stderr: added.stderr,
            }));
        }
        for path in self.repositories().await? {
            if !known.contains(&path) {
                return Err(GitError::NestedRepository { path });
            }
        }
        let tree = self
            .line(GitCommand::new("write-tree", ["write-tree"]))
            .await?;
        let tree = TreeId::parse(&tree)?;
        let kept = format!("{KEPT}/{tree}");
        self.run(GitCommand::new(
            "update-ref",
            ["update-ref", &kept, tree.as_str()],
        ))
        .await?;
        Ok(tree)
    }

    /// Makes the files those of a tree or commit.
    pub(super) async fn restore_files(&self, tree: &str) -> Result<(), GitError> {
        self.run(GitCommand::new(
            "read-tree",
            ["read-tree", "--reset", "-u", tree],
        ))
        .await?;
        // Twice forced: nested repositories go too.
        self.run(GitCommand::new("clean", ["clean", "-ffdq"]))
            .await?;
        Ok(())
    }

    /// Paths that the index has as repositories of their own.
    async fn repositories(&self) -> Result<Vec<String>, GitError> {
        let listed = self
            .run(GitCommand::new("ls-files", ["ls-files", "-z", "--stage"]))
            .await?;
        let text = String::from_utf8_lossy(&listed);
        let entries = text
            .split('\0')
            .filter(|entry| entry.starts_with(REPOSITORY_MODE));
        Ok(entries
            .filter_map(|entry| Some(entry.split_once('\t')?.1.to_owned()))
            .collect())
    }
}

/// Git refuses a nested repository that has no commit yet, and names it.
fn nested(stderr: &str) -> Option<GitError> {
    let line = stderr
        .lines()
        .find(|line| line.contains("does not have a commit checked out"))?;
    let path = line.split('\'').nth(1)?;
    let path = Path::new(path)
        .to_string_lossy()
        .trim_end_matches('/')
        .to_owned();
    Some(GitError::NestedRepository { path })
}
