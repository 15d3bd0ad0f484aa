//! Names that point at commits: reading them, moving them with compare-and-swap, healing them.

use std::io;
use std::path::Path;

use super::run::{GitError, GitOutput, GitRepo, Invocation};

/// What became of a compare-and-swap on a ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefUpdate {
    Done,
    /// The ref was not where the caller thought, and was left alone.
    Moved,
}

/// Stands for "no such ref" in a compare-and-swap.
const ABSENT: &str = "0000000000000000000000000000000000000000";

impl GitRepo {
    /// Branches with the commits they point at, by name.
    pub(crate) async fn branches(&self) -> Result<Vec<(String, String)>, GitError> {
        let format = "--format=%(objectname) %(refname:lstrip=2)";
        let text = self.text(&["for-each-ref", format, "refs/heads"]).await?;
        let pair = |line: &str| {
            line.split_once(' ')
                .map(|(sha, name)| (name.to_owned(), sha.to_owned()))
        };
        Ok(text.lines().filter_map(pair).collect())
    }

    /// Branches and tags with what they point at, by their full names.
    pub(crate) async fn refs(&self) -> Result<Vec<(String, String)>, GitError> {
        let format = "--format=%(objectname) %(refname)";
        let text = self
            .text(&["for-each-ref", format, "refs/heads", "refs/tags"])
            .await?;
        let pair = |line: &str| {
            line.split_once(' ')
                .map(|(sha, name)| (name.to_owned(), sha.to_owned()))
        };
        Ok(text.lines().filter_map(pair).collect())
    }

    /// The commit a branch points at.
    pub(crate) async fn branch(&self, name: &str) -> Result<Option<String>, GitError> {
        self.commit_named(&format!("refs/heads/{name}")).await
    }

    /// The commit that a branch, a tag, `HEAD` or a hash stands for. `heads/x` and `tags/x` are
    /// taken for what they say, unless a branch or tag is really called that.
    pub(crate) async fn resolve(&self, name: &str) -> Result<Option<String>, GitError> {
        if crate::names::is_branch_name(name) {
            for prefix in ["refs/heads/", "refs/tags/"] {
                if let Some(sha) = self.commit_named(&format!("{prefix}{name}")).await? {
                    return Ok(Some(sha));
                }
            }
            if name.starts_with("heads/") || name.starts_with("tags/") {
                return self.commit_named(&format!("refs/{name}")).await;
            }
        }
        let is_hash = (4..=40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_hexdigit());
        if is_hash || name == "HEAD" || name.starts_with("refs/") {
            return self.commit_named(name).await;
        }
        Ok(None)
    }

    async fn commit_named(&self, name: &str) -> Result<Option<String>, GitError> {
        let commit = format!("{name}^{{commit}}");
        self.maybe(&[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ])
        .await
    }

    /// Points `name` at `new` if it points at `old` now; `None` stands for a ref that is not there.
    pub(crate) async fn move_ref(
        &self,
        name: &str,
        new: &str,
        old: Option<&str>,
    ) -> Result<RefUpdate, GitError> {
        let args = ["update-ref", name, new, old.unwrap_or(ABSENT)];
        let output = self
            .run(Invocation {
                args: &args,
                ..Invocation::default()
            })
            .await?;
        swapped(output, &args)
    }

    /// Deletes `name` if it points at `old` now.
    pub(crate) async fn delete_ref(&self, name: &str, old: &str) -> Result<RefUpdate, GitError> {
        let args = ["update-ref", "-d", name, old];
        let output = self
            .run(Invocation {
                args: &args,
                ..Invocation::default()
            })
            .await?;
        swapped(output, &args)
    }

    /// Points `name` at `new`, wherever it was before.
    pub(crate) async fn set_ref(&self, name: &str, new: &str) -> Result<(), GitError> {
        self.bytes(&["update-ref", name, new]).await.map(drop)
    }
}

fn swapped(output: GitOutput, args: &[&str]) -> Result<RefUpdate, GitError> {
    if output.status == 0 {
        return Ok(RefUpdate::Done);
    }
    // With LC_ALL=C this is how git says that the old value did not match.
    let lost = [
        "but expected",
        "reference already exists",
        "unable to resolve reference",
        // A branch cannot stand where another has its folder.
        "; cannot create",
    ];
    if lost.iter().any(|sign| output.stderr.contains(sign)) {
        return Ok(RefUpdate::Moved);
    }
    Err(output.into_error(args))
}

/// Removes lock files that a killed git left in a repository; each would block its ref forever.
///
/// Only to be called while nothing else works on the repository.
pub(crate) fn remove_stale_locks(dir: &Path) -> io::Result<usize> {
    let mut removed = 0;
    for name in [
        "HEAD.lock",
        "packed-refs.lock",
        "config.lock",
        "shallow.lock",
    ] {
        let lock = dir.join(name);
        if lock.exists() {
            std::fs::remove_file(lock)?;
            removed += 1;
        }
    }
    Ok(removed + remove_locks_below(&dir.join("refs"))?)
}

fn remove_locks_below(dir: &Path) -> io::Result<usize> {
    let mut removed = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            removed += remove_locks_below(&path)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "lock")
        {
            std::fs::remove_file(path)?;
            removed += 1;
        }
    }
    Ok(removed)
}
