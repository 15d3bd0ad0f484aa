//! Signs the commits that are made through the server's API.
//!
//! A commit of a GitHub App is signed by the server itself; this is for everybody else. Commits
//! that git makes are signed by git.

use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Longest that a program may take to sign.
const TIME_MAX: Duration = Duration::from_secs(60);

/// Signs commits.
#[async_trait]
pub trait CommitSigner: Send + Sync + fmt::Debug {
    /// The armoured signature of a commit's object, as it goes into its header `gpgsig`.
    ///
    /// # Errors
    /// If there is no signature, for whatever reason.
    async fn sign(&self, commit: &[u8]) -> Result<String, SigningError>;
}

/// A commit was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The program that signs could not be run.
    #[error("`{program}` could not be run; is it installed?")]
    Start {
        /// Which.
        program: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The program that signs did not end; it may have asked somebody for a password.
    #[error("`{program}` did not sign within {} s; it may wait for a password", TIME_MAX.as_secs())]
    TimedOut {
        /// Which.
        program: &'static str,
    },
    /// The program that signs refused.
    #[error("`{program}` did not sign: {message}")]
    Refused {
        /// Which.
        program: &'static str,
        /// Its words.
        message: String,
    },
}

/// Signs with an SSH key in a file, through `ssh-keygen`, as git does with `gpg.format = ssh`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSigner {
    /// The private key, or the public one where an agent holds the private one.
    pub key: PathBuf,
}

/// Signs with a key of GnuPG's, through `gpg`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpgSigner {
    /// The key's fingerprint, id or address.
    pub key: String,
}

#[async_trait]
impl CommitSigner for SshSigner {
    async fn sign(&self, commit: &[u8]) -> Result<String, SigningError> {
        let mut command = Command::new("ssh-keygen");
        command.args(["-Y", "sign", "-n", "git", "-f"]);
        command.arg(&self.key);
        signed("ssh-keygen", command, commit).await
    }
}

#[async_trait]
impl CommitSigner for GpgSigner {
    async fn sign(&self, commit: &[u8]) -> Result<String, SigningError> {
        let mut command = Command::new("gpg");
        command.args(["--batch", "--armor", "--detach-sign", "--local-user"]);
        command.arg(&self.key);
        signed("gpg", command, commit).await
    }
}

/// What the program writes when it is given `commit`.
async fn signed(
    program: &'static str,
    mut command: Command,
    commit: &[u8],
) -> Result<String, SigningError> {
    let failed = |source| SigningError::Start { program, source };
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that refuses its key reads nothing; what it says then is told below.
        let _ = stdin.write_all(commit).await;
    }
    let ended = tokio::time::timeout(TIME_MAX, child.wait_with_output()).await;
    let output = ended.map_err(|_| SigningError::TimedOut { program })?;
    let output = output.map_err(failed)?;
    let signature = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && signature.starts_with("-----BEGIN") {
        return Ok(signature.into_owned());
    }
    let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(SigningError::Refused { program, message })
}
