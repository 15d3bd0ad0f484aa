//! What passes between the work tree and the server.

use secrecy::SecretString;

use super::classify::{push_failure, remote_failure};
use super::runner::GitCommand;
use super::work_tree::branch_reference;
use super::{CommitId, GitError, GitWorkTree};

/// What a push may do to the branch on the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushPolicy {
    /// Only add commits to it.
    #[default]
    FastForward,
    /// Replace it, but only while it is at this commit.
    ReplaceAt(CommitId),
}

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
        let git = self.begin().await?;
        let args = [
            "fetch",
            "--quiet",
            "--prune",
            "--no-tags",
            "--no-recurse-submodules",
            "origin",
            "+refs/heads/*:refs/remotes/origin/*",
        ];
        git.run(GitCommand::new("fetch", args).remote(&self.url, auth))
            .await?;
        Ok(())
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
        let reference = branch_reference(branch)?;
        let command = GitCommand::new("ls-remote", ["ls-remote", "--quiet", "origin", &reference]);
        let listed = self.git.run(command.remote(&self.url, auth)).await?;
        let text = String::from_utf8_lossy(&listed);
        // The server matches by the end of a name; only the whole name counts.
        let mut found = text.lines().filter_map(|line| line.split_once('\t'));
        found
            .find(|(_, name)| *name == reference)
            .map(|(commit, _)| CommitId::parse(commit))
            .transpose()
    }

    /// Puts the server's branch at our branch's commit.
    ///
    /// Repeating it is fine: what is there already is not pushed again.
    ///
    /// # Errors
    ///
    /// [`GitError::RemoteAdvanced`] when the server's branch has commits that
    /// ours does not know, or is not where [`PushPolicy::ReplaceAt`] expects it;
    /// [`GitError::Refused`] when the server's rules say no.
    pub async fn push(
        &self,
        branch: &str,
        auth: Option<&SecretString>,
        policy: PushPolicy,
    ) -> Result<PushOutcome, GitError> {
        let reference = branch_reference(branch)?;
        let git = self.begin().await?;
        self.check_name(&git, branch).await?;
        let ours = self.branch_sha(branch).await?;
        if self.remote_branch_sha(branch, auth).await?.as_ref() == Some(&ours) {
            return Ok(PushOutcome::AlreadyThere);
        }
        let mut args: Vec<String> = ["push", "--porcelain", "--no-verify"]
            .map(Into::into)
            .into();
        if let PushPolicy::ReplaceAt(expected) = policy {
            args.push(format!("--force-with-lease={reference}:{expected}"));
        }
        args.push("origin".into());
        args.push(format!("{ours}:{reference}"));
        let answer = git
            .ask(GitCommand::new("push", args).remote(&self.url, auth))
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
