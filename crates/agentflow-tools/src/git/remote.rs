//! What passes between the work tree and the server.

use secrecy::SecretString;

use super::classify::{push_failure, remote_failure};
use super::runner::{Git, GitCommand};
use super::work_tree::branch_reference;
use super::{CommitId, GitError, GitWorkTree, Transfer};

/// What a push did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushOutcome {
    /// The server's branch was moved to our commit.
    Pushed,
    /// It was there already.
    AlreadyThere,
}

impl GitWorkTree {
    /// Brings all branches of the server into the repository. Files stay.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or refuses.
    pub async fn fetch(&self, auth: Option<&SecretString>) -> Result<(), GitError> {
        self.fetch_with(&Transfer::with_token(auth)).await
    }

    /// As [`fetch`](Self::fetch), with limits and somebody who is told how far it is.
    ///
    /// # Errors
    ///
    /// As [`fetch`](Self::fetch); [`GitError::TooLarge`] where more comes than is taken.
    pub async fn fetch_with(&self, transfer: &Transfer<'_>) -> Result<(), GitError> {
        let git = self.begin().await?;
        let voice = if transfer.progress.is_some() {
            "--progress"
        } else {
            "--quiet"
        };
        // As one file always, so that its size can be limited.
        let args = [
            "-c",
            "fetch.unpackLimit=1",
            "fetch",
            voice,
            "--prune",
            "--no-tags",
            "--no-recurse-submodules",
            "origin",
            "+refs/heads/*:refs/remotes/origin/*",
        ];
        let fetched = git.run(GitCommand::new("fetch", args).remote(&self.url, transfer));
        match fetched.await {
            Ok(_) => Ok(()),
            Err(error @ GitError::TimedOut { .. }) => Err(error),
            Err(error) => {
                let max_bytes = transfer.pack_bytes_max;
                let is_too_large = git.drop_unfinished_packs() >= max_bytes;
                let too_large = GitError::TooLarge {
                    what: "fetch",
                    max_bytes,
                };
                Err(if is_too_large { too_large } else { error })
            }
        }
    }

    /// The commit that the server's branch is at now, if there is one.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached or refuses.
    pub async fn remote_branch_sha(
        &self,
        branch: &str,
        auth: Option<&SecretString>,
    ) -> Result<Option<CommitId>, GitError> {
        let git = self.begin().await?;
        self.at_server(&git, branch, auth).await
    }

    /// The same for who has the turn already.
    async fn at_server(
        &self,
        git: &Git,
        branch: &str,
        auth: Option<&SecretString>,
    ) -> Result<Option<CommitId>, GitError> {
        let reference = branch_reference(branch)?;
        let command = GitCommand::new("ls-remote", ["ls-remote", "--quiet", "origin", &reference]);
        let transfer = Transfer::with_token(auth);
        let listed = git.run(command.remote(&self.url, &transfer)).await?;
        let text = String::from_utf8_lossy(&listed);
        // The server matches by the end of a name; only the whole name counts.
        let mut found = text.lines().filter_map(|line| line.split_once('\t'));
        found
            .find(|(_, name)| *name == reference)
            .map(|(commit, _)| CommitId::parse(commit))
            .transpose()
    }

    /// Puts the server's branch at our branch's commit, which must follow what is there: commits
    /// are added, never replaced.
    ///
    /// Repeating it is fine: what is there already is not pushed again.
    ///
    /// # Errors
    ///
    /// [`GitError::RemoteAdvanced`] when the server's branch has commits that
    /// ours does not know;
    /// [`GitError::Refused`] when the server's rules say no.
    pub async fn push(
        &self,
        branch: &str,
        auth: Option<&SecretString>,
    ) -> Result<PushOutcome, GitError> {
        let reference = branch_reference(branch)?;
        let git = self.begin().await?;
        self.check_name(&git, branch).await?;
        let ours = self.branch_sha(branch).await?;
        if self.at_server(&git, branch, auth).await?.as_ref() == Some(&ours) {
            return Ok(PushOutcome::AlreadyThere);
        }
        let pushed = format!("{ours}:{reference}");
        let args = ["push", "--porcelain", "--no-verify", "origin", &pushed];
        let transfer = Transfer::with_token(auth);
        let answer = git
            .ask(GitCommand::new("push", args).remote(&self.url, &transfer))
            .await?;
        let stdout = String::from_utf8_lossy(&answer.stdout);
        match answer.success {
            true if stdout.lines().any(|line| line.starts_with('=')) => {
                Ok(PushOutcome::AlreadyThere)
            }
            true => Ok(PushOutcome::Pushed),
            false if stdout.lines().any(|line| line.starts_with('!')) => {
                Err(push_failure(branch, &stdout, answer.stderr))
            }
            false => Err(remote_failure("push", answer.stderr)),
        }
    }
}
