//! Starts git: where it is, with which environment, for how long, with how much output.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// First git whose `merge-tree` takes a merge base, which rebasing needs.
const VERSION_MIN: (u32, u32) = (2, 40);
/// Standard error kept for an error message, in bytes.
const STDERR_BYTES_MAX: usize = 4_096;

/// Why a git command did not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// git could not be started.
    #[error("git could not be started; is it installed and on the PATH?")]
    Start(#[source] std::io::Error),
    /// Talking to a running git failed.
    #[error("git {command} could not be read or written")]
    Pipe {
        /// The git subcommand.
        command: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The installed git is too old.
    #[error("git {found} is too old; {major}.{minor} or later is needed", major = VERSION_MIN.0, minor = VERSION_MIN.1)]
    TooOld {
        /// What `git version` said.
        found: String,
    },
    /// git ended with a failure.
    #[error("git {command} ended with {status}: {stderr}")]
    Failed {
        /// The git subcommand.
        command: String,
        /// Exit status.
        status: i32,
        /// The start of its standard error.
        stderr: String,
    },
    /// git did not end in time and was killed.
    #[error("git {command} took longer than {limit:?}")]
    TimedOut {
        /// The git subcommand.
        command: String,
        /// The time it had.
        limit: Duration,
    },
    /// git wrote more than the forge takes.
    #[error("git {command} wrote more than {limit_bytes} bytes")]
    TooMuchOutput {
        /// The git subcommand.
        command: String,
        /// The bytes it was allowed.
        limit_bytes: usize,
    },
    /// git answered in a form the forge does not know.
    #[error("git {command} answered in an unknown form")]
    Unreadable {
        /// The git subcommand.
        command: &'static str,
    },
}

impl GitError {
    /// Whether the same command may succeed later without anyone changing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::TimedOut { .. } | Self::Pipe { .. })
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct GitLimits {
    pub(crate) time_max: Duration,
    pub(crate) output_bytes_max: usize,
}

/// The installed git. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Git {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    exec_path: PathBuf,
    home: PathBuf,
    limits: GitLimits,
}

impl Git {
    /// Finds git and checks its version. `home` is an empty folder that stands for git's HOME.
    pub(crate) async fn find(home: &Path, limits: GitLimits) -> Result<Self, GitError> {
        let inner = Inner {
            exec_path: PathBuf::new(),
            home: home.to_owned(),
            limits,
        };
        let bare = Self {
            inner: Arc::new(inner),
        };
        let version = bare.at(home).text(&["version"]).await?;
        if !is_recent(&version) {
            return Err(GitError::TooOld { found: version });
        }
        let exec_path = PathBuf::from(bare.at(home).text(&["--exec-path"]).await?);
        Ok(Self {
            inner: Arc::new(Inner {
                exec_path,
                home: home.to_owned(),
                limits,
            }),
        })
    }

    /// The repository, or the plain folder, in `dir`.
    pub(crate) fn at(&self, dir: impl Into<PathBuf>) -> GitRepo {
        GitRepo {
            git: self.clone(),
            dir: dir.into(),
        }
    }

    /// The program that serves git over HTTP.
    pub(crate) fn http_backend(&self) -> Command {
        self.environment(Command::new(self.inner.exec_path.join("git-http-backend")))
    }

    fn command(&self) -> Command {
        let mut command = self.environment(Command::new("git"));
        for setting in [
            "core.hooksPath=/dev/null",
            "core.quotePath=false",
            "core.autocrlf=false",
            "core.excludesFile=/dev/null",
            "commit.gpgSign=false",
            "gc.auto=0",
            "maintenance.auto=false",
            "safe.directory=*",
        ] {
            command.arg("-c").arg(setting);
        }
        command
    }

    fn environment(&self, mut command: Command) -> Command {
        command.env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
            .env("HOME", &self.inner.home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .kill_on_drop(true);
        command
    }
}

fn is_recent(version: &str) -> bool {
    let mut numbers = version
        .trim_start_matches("git version ")
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= VERSION_MIN
}

/// One git command with what it is fed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Invocation<'a> {
    pub(crate) args: &'a [&'a str],
    pub(crate) env: &'a [(&'a str, &'a str)],
    pub(crate) stdin: &'a [u8],
}

pub(crate) struct GitOutput {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl GitOutput {
    pub(crate) fn into_error(self, args: &[&str]) -> GitError {
        GitError::Failed {
            command: subcommand(args),
            status: self.status,
            stderr: self.stderr,
        }
    }
}

/// A folder in which git commands run.
#[derive(Clone, Debug)]
pub(crate) struct GitRepo {
    git: Git,
    dir: PathBuf,
}

impl GitRepo {
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Standard output of a command that must succeed.
    pub(crate) async fn bytes(&self, args: &[&str]) -> Result<Vec<u8>, GitError> {
        self.success(Invocation {
            args,
            ..Invocation::default()
        })
        .await
    }

    /// Standard output of a command that must succeed, as text without the last line end.
    pub(crate) async fn text(&self, args: &[&str]) -> Result<String, GitError> {
        Ok(trimmed(&self.bytes(args).await?))
    }

    pub(crate) async fn success(&self, invocation: Invocation<'_>) -> Result<Vec<u8>, GitError> {
        let output = self.run(invocation).await?;
        if output.status == 0 {
            return Ok(output.stdout);
        }
        Err(output.into_error(invocation.args))
    }

    /// The text a command prints, or nothing when it ends with status 1, git's way to say no.
    pub(crate) async fn maybe(&self, args: &[&str]) -> Result<Option<String>, GitError> {
        let output = self
            .run(Invocation {
                args,
                ..Invocation::default()
            })
            .await?;
        match output.status {
            0 => Ok(Some(trimmed(&output.stdout))),
            1 => Ok(None),
            _ => Err(output.into_error(args)),
        }
    }

    /// Runs a command to its end, whatever its exit status.
    pub(crate) async fn run(&self, invocation: Invocation<'_>) -> Result<GitOutput, GitError> {
        let limit = self.git.inner.limits.time_max;
        tokio::time::timeout(limit, self.run_to_end(invocation))
            .await
            .unwrap_or_else(|_| {
                Err(GitError::TimedOut {
                    command: subcommand(invocation.args),
                    limit,
                })
            })
    }

    async fn run_to_end(&self, invocation: Invocation<'_>) -> Result<GitOutput, GitError> {
        let pipe = |source| GitError::Pipe {
            command: subcommand(invocation.args),
            source,
        };
        let limit_bytes = self.git.inner.limits.output_bytes_max;
        let mut child = self
            .git
            .command()
            .args(invocation.args)
            .envs(invocation.env.iter().copied())
            .current_dir(&self.dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(GitError::Start)?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // git may end without reading everything; its exit status tells why.
                let _ = stdin.write_all(invocation.stdin).await;
            }
        };
        let ((), stdout, stderr) = tokio::join!(
            feed,
            read_up_to(stdout, limit_bytes + 1),
            read_start(stderr, STDERR_BYTES_MAX)
        );
        let stdout = stdout.map_err(pipe)?;
        if stdout.len() > limit_bytes {
            return Err(GitError::TooMuchOutput {
                command: subcommand(invocation.args),
                limit_bytes,
            });
        }
        let status = child.wait().await.map_err(pipe)?;
        Ok(GitOutput {
            status: status.code().unwrap_or(-1),
            stdout,
            stderr: trimmed(&stderr.map_err(pipe)?),
        })
    }
}

/// Reads what fits and drops the stream then, so that a talkative git stops.
async fn read_up_to(
    stream: Option<impl AsyncRead + Unpin>,
    bytes_max: usize,
) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream
            .take(bytes_max as u64)
            .read_to_end(&mut bytes)
            .await?;
    }
    Ok(bytes)
}

/// Reads to the end and keeps the start: a full pipe or a closed one would end git early.
async fn read_start(
    stream: Option<impl AsyncRead + Unpin>,
    bytes_max: usize,
) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        (&mut stream)
            .take(bytes_max as u64)
            .read_to_end(&mut bytes)
            .await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    }
    Ok(bytes)
}

fn trimmed(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end().to_owned()
}

fn subcommand(args: &[&str]) -> String {
    args.first().copied().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::is_recent;

    #[test]
    fn an_old_git_is_noticed() {
        for (version, recent) in [
            ("git version 2.47.3", true),
            ("git version 2.40.0.windows.1", true),
            ("git version 2.39.5 (Apple Git-154)", false),
            ("git version 3.0", true),
            ("nonsense", false),
        ] {
            assert_eq!(is_recent(version), recent, "{version}");
        }
    }
}
