//! Commits that come out the same whenever they are made again.

use super::runner::{Git, GitCommand};
use super::{CommitId, GitError, GitWorkTree, SigningKey, TreeId};

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
    /// What is said below the message, for programs.
    pub trailers: Vec<Trailer>,
    /// Author and committer.
    pub author: Signature,
    /// Seconds since 1970 in UTC. Decide it once and keep it with the run: a
    /// clock read again would make another commit.
    pub date_seconds: i64,
    /// The key that signs it; nobody's where there is none.
    pub signing_key: Option<SigningKey>,
}

/// A line such as `Issue: #7` at the end of a commit's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// Letters, digits and `-`.
    pub key: String,
    /// One line.
    pub value: String,
}

impl NewCommit {
    /// A commit without trailers and signature.
    pub fn new(
        tree: TreeId,
        parent: CommitId,
        message: impl Into<String>,
        author: Signature,
        date_seconds: i64,
    ) -> Self {
        Self {
            tree,
            parent,
            message: message.into(),
            trailers: Vec::new(),
            author,
            date_seconds,
            signing_key: None,
        }
    }

    /// The message with its trailers.
    fn text(&self) -> Result<String, GitError> {
        let mut text = format!("{}\n", self.message.trim_end());
        for (index, trailer) in self.trailers.iter().enumerate() {
            let Trailer { key, value } = trailer;
            let is_key = |c: char| c.is_ascii_alphanumeric() || c == '-';
            let is_line = !value.trim().is_empty() && !value.contains(['\n', '\r', '\0']);
            if key.is_empty() || !key.chars().all(is_key) || !is_line {
                return Err(GitError::BadTrailer { key: key.clone() });
            }
            if index == 0 {
                text.push('\n');
            }
            text.push_str(&format!("{key}: {}\n", value.trim()));
        }
        Ok(text)
    }
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
        let text = commit.text()?;
        let unsigned = git.make_commit(commit, &text, None).await?;
        let made = match &commit.signing_key {
            None => unsigned,
            Some(key) => match git.signed_already(&unsigned).await? {
                Some(there) => there,
                None => git.make_commit(commit, &text, Some(key)).await?,
            },
        };
        git.run(GitCommand::new(
            "update-ref",
            ["update-ref", "HEAD", made.as_str()],
        ))
        .await?;
        Ok(made)
    }
}

impl Git {
    async fn make_commit(
        &self,
        commit: &NewCommit,
        text: &str,
        key: Option<&SigningKey>,
    ) -> Result<CommitId, GitError> {
        let mut args = key.map(SigningKey::settings).unwrap_or_default();
        args.push("commit-tree".to_owned());
        if key.is_some() {
            args.push("-S".to_owned());
        }
        let (parent, tree) = (commit.parent.as_str(), commit.tree.as_str());
        args.extend(["-p", parent, "-F", "-", tree].map(str::to_owned));
        let mut command = GitCommand::new("commit-tree", args).input(text.as_bytes());
        if key.is_some() {
            command = SigningKey::with_agents(command);
        }
        let date = format!("@{} +0000", commit.date_seconds);
        for role in ["AUTHOR", "COMMITTER"] {
            command = command
                .env(&format!("GIT_{role}_NAME"), &commit.author.name)
                .env(&format!("GIT_{role}_EMAIL"), &commit.author.email)
                .env(&format!("GIT_{role}_DATE"), &date);
        }
        CommitId::parse(&self.line(command).await?)
    }
}

fn is_signature(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(['<', '>', '\n', '\r', '\0'])
}
