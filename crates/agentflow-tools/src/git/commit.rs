//! Commits that come out the same whenever they are made again.

use super::runner::GitCommand;
use super::{CommitId, GitError, GitWorkTree, TreeId};

/// Who made a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
}

/// All that a commit's id depends on. Made twice, it is the same commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// The files.
    pub tree: TreeId,
    /// The commit it follows.
    pub parent: CommitId,
    /// The message; a missing final line end is added.
    pub message: String,
    /// Author and committer.
    pub author: Signature,
    /// Seconds since 1970 in UTC. Decide it once and keep it with the run: a
    /// clock read again would make another commit.
    pub date_seconds: i64,
}

impl GitWorkTree {
    /// Makes the commit and puts the current branch at it.
    ///
    /// Repeating it after a crash gives the same id and changes nothing.
    ///
    /// # Errors
    ///
    /// [`GitError::NothingToCommit`] when the parent has that tree already;
    /// [`GitError::MissingCommit`] when the parent is not in the repository.
    pub async fn commit(&self, commit: &NewCommit) -> Result<CommitId, GitError> {
        let (name, email) = (&commit.author.name, &commit.author.email);
        if [name, email].iter().any(|text| !is_signature(text)) {
            return Err(GitError::BadSignature);
        }
        let git = self.begin().await?;
        self.check_commit(&git, &commit.parent).await?;
        let parent_tree = format!("{}^{{tree}}", commit.parent);
        let asked = GitCommand::new("rev-parse", ["rev-parse", "--verify", &parent_tree]);
        if git.line(asked).await? == commit.tree.as_str() {
            return Err(GitError::NothingToCommit {
                parent: commit.parent.clone(),
            });
        }
        let message = format!("{}\n", commit.message.trim_end());
        let date = format!("@{} +0000", commit.date_seconds);
        let args = [
            "commit-tree",
            "-p",
            commit.parent.as_str(),
            "-F",
            "-",
            commit.tree.as_str(),
        ];
        let mut command = GitCommand::new("commit-tree", args).input(message.as_bytes());
        for role in ["AUTHOR", "COMMITTER"] {
            command = command
                .env(&format!("GIT_{role}_NAME"), name)
                .env(&format!("GIT_{role}_EMAIL"), email)
                .env(&format!("GIT_{role}_DATE"), &date);
        }
        let made = CommitId::parse(&git.line(command).await?)?;
        git.run(GitCommand::new(
            "update-ref",
            ["update-ref", "HEAD", made.as_str()],
        ))
        .await?;
        Ok(made)
    }
}

fn is_signature(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(['<', '>', '\n', '\r', '\0'])
}
