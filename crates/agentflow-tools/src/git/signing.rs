//! Signed commits, which come out the same when they are made again.
//!
//! Some keys sign the same words differently each time. So a commit that the branch is at
//! already, and that differs only by its signature, is the one that was to be made.

use std::env;
use std::path::PathBuf;

use super::runner::{Git, GitCommand};
use super::{CommitId, GitError};

/// The key that signs commits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningKey {
    /// An SSH key in a file; the public one where an agent holds the private one.
    Ssh(PathBuf),
    /// A key of GnuPG's, by fingerprint, id or address.
    Gpg(String),
}

/// Where the programs that sign find their keys and agents.
const INHERITED: [&str; 3] = ["HOME", "GNUPGHOME", "SSH_AUTH_SOCK"];

impl SigningKey {
    /// The settings that make git sign with it, which come before the command.
    pub(super) fn settings(&self) -> Vec<String> {
        let (format, key) = match self {
            Self::Ssh(file) => ("ssh", file.to_string_lossy().into_owned()),
            Self::Gpg(key) => ("openpgp", key.clone()),
        };
        let settings = [
            format!("gpg.format={format}"),
            format!("user.signingKey={key}"),
        ];
        let settings = settings.into_iter();
        settings
            .flat_map(|setting| ["-c".to_owned(), setting])
            .collect()
    }

    pub(super) fn with_agents(mut command: GitCommand<'_>) -> GitCommand<'_> {
        for name in INHERITED {
            if let Some(value) = env::var_os(name) {
                command = command.env(name, value);
            }
        }
        command
    }
}

impl Git {
    /// The commit that the branch is at, if it is `unsigned` but for its signature.
    pub(super) async fn signed_already(
        &self,
        unsigned: &CommitId,
    ) -> Result<Option<CommitId>, GitError> {
        let args = ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"];
        let head = self.ask(GitCommand::new("rev-parse", args)).await?;
        if !head.success {
            return Ok(None);
        }
        let head = CommitId::parse(String::from_utf8_lossy(&head.stdout).trim())?;
        let (there, wanted) = (
            self.commit_text(&head).await?,
            self.commit_text(unsigned).await?,
        );
        Ok((there != wanted && without_signature(&there) == wanted).then_some(head))
    }

    async fn commit_text(&self, commit: &CommitId) -> Result<Vec<u8>, GitError> {
        let args = ["cat-file", "commit", commit.as_str()];
        self.run(GitCommand::new("cat-file", args)).await
    }
}

/// A commit's object without its header `gpgsig`, whose further lines begin with a space.
fn without_signature(object: &[u8]) -> Vec<u8> {
    let mut left = Vec::with_capacity(object.len());
    let (mut in_headers, mut in_signature) = (true, false);
    for line in object.split_inclusive(|byte| *byte == b'\n') {
        if in_headers {
            in_signature = line.starts_with(b"gpgsig ") || (in_signature && line.starts_with(b" "));
            if in_signature {
                continue;
            }
            in_headers = line != b"\n";
        }
        left.extend_from_slice(line);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_signature_is_left_out() {
        let object = b"tree t\nparent p\ngpgsig -----BEGIN\n abc\n -----END\ncommitter c\n\ngpgsig stays\n here\n";
        let want = b"tree t\nparent p\ncommitter c\n\ngpgsig stays\n here\n";
        assert_eq!(without_signature(object), want);
        assert_eq!(without_signature(want), want);
    }
}
