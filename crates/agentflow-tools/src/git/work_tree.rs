//! A work tree and its git folder: made, opened, put on a branch.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::{Mutex, MutexGuard};

use super::runner::{Git, GitCommand};
use super::{CommitId, GitError, Transfer, locks};

pub(super) const GIT_DIR: &str = "git";
pub(super) const WORK_TREE: &str = "tree";

/// Files under version control, with the git folder out of an agent's reach.
///
/// A folder given by the caller holds both: `tree`, where the files are and an
/// agent's commands run, and `git` beside it. There is no `.git` in the tree.
/// Calls on one handle and its clones wait for each other; two handles on one
/// folder must not be used at once.
///
/// Dropping a future of this type stops git. The work tree may then be half
/// way; [`restore`](Self::restore) or [`checkout_branch`](Self::checkout_branch)
/// makes it whole.
///
/// ```no_run
/// # async fn example() -> Result<(), agentflow_tools::git::GitError> {
/// use agentflow_tools::git::{GitWorkTree, NewCommit, Signature};
///
/// let files = GitWorkTree::clone_repository("https://example.org/r.git", "checkout", None).await?;
/// let base = files.remote_branch_sha("main", None).await?.expect("the repository has a main branch");
/// files.checkout_branch("fix-7", &base).await?;
/// std::fs::write(files.work_tree().join("notes.txt"), "done\n").ok();
/// let tree = files.snapshot().await?;
/// let author = Signature { name: "Agent".into(), email: "agent@example.org".into() };
/// let commit = NewCommit::new(tree, base, "add notes", author, 0);
/// files.commit(&commit).await?;
/// files.push("fix-7", None).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct GitWorkTree {
    pub(super) git: Git,
    pub(super) url: String,
    turn: Arc<Mutex<()>>,
}

impl GitWorkTree {
    /// Makes the work tree in `folder` and fetches all branches of `url`.
    ///
    /// Can be repeated after a crash at any point: it goes on where it stopped.
    /// No files are checked out yet. The token is used and not stored.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written, the address holds a secret, or the
    /// server cannot be reached or refuses.
    pub async fn clone_repository(
        url: &str,
        folder: impl AsRef<Path>,
        auth: Option<&SecretString>,
    ) -> Result<Self, GitError> {
        Self::clone_with(url, folder, &Transfer::with_token(auth)).await
    }

    /// As [`clone_repository`](Self::clone_repository), with limits and somebody who is told how
    /// far it is.
    ///
    /// # Errors
    ///
    /// As [`clone_repository`](Self::clone_repository); [`GitError::TooLarge`].
    pub async fn clone_with(
        url: &str,
        folder: impl AsRef<Path>,
        transfer: &Transfer<'_>,
    ) -> Result<Self, GitError> {
        check_url(url)?;
        let folder = folder.as_ref();
        for part in [GIT_DIR, WORK_TREE] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(|source| GitError::Folder { path, source })?;
        }
        let made = Self::in_folder(folder, url.to_owned())?;
        made.initialise().await?;
        made.fetch_with(transfer).await?;
        Ok(made)
    }

    /// Makes the git folder, or what is missing of it.
    pub(super) async fn initialise(&self) -> Result<(), GitError> {
        let git = self.begin().await?;
        // Safe to repeat: it only adds what is missing.
        let mut args: Vec<OsString> = ["init", "--quiet", "--bare", "--"].map(Into::into).into();
        args.push(git.git_dir.clone().into());
        git.run(GitCommand::new("init", args).without_folders())
            .await?;
        let args = ["config", "remote.origin.url", &self.url];
        git.run(GitCommand::new("config", args)).await?;
        Ok(())
    }

    /// Opens what [`clone_repository`](Self::clone_repository) made before.
    ///
    /// # Errors
    ///
    /// When there is no finished work tree in `folder`.
    pub async fn open(folder: impl AsRef<Path>) -> Result<Self, GitError> {
        let folder = folder.as_ref();
        let missing = || GitError::NotCloned {
            path: folder.to_path_buf(),
        };
        let mut opened = Self::in_folder(folder, String::new()).map_err(|_| missing())?;
        let asked = GitCommand::new("config", ["config", "--get", "remote.origin.url"]);
        let url = opened.git.line(asked).await;
        opened.url = url.map_err(|error| match error {
            GitError::Failed { .. } => missing(),
            other => other,
        })?;
        Ok(opened)
    }

    /// The folder with the files, where commands may run.
    pub fn work_tree(&self) -> &Path {
        &self.git.work_tree
    }

    /// Where the repository was cloned from.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Puts the branch at `base`, makes it the current one, and makes the files
    /// exactly those of `base`. Ignored files stay.
    ///
    /// A branch of that name is moved: what was committed on it before is left
    /// behind, so that a step that is run again starts where it did the first time.
    ///
    /// # Errors
    ///
    /// When the name cannot be a branch's, or `base` is not in the repository.
    pub async fn checkout_branch(&self, name: &str, base: &CommitId) -> Result<(), GitError> {
        let reference = branch_reference(name)?;
        let git = self.begin().await?;
        self.check_name(&git, name).await?;
        self.check_commit(&git, base).await?;
        git.run(GitCommand::new(
            "update-ref",
            ["update-ref", &reference, base.as_str()],
        ))
        .await?;
        git.run(GitCommand::new(
            "symbolic-ref",
            ["symbolic-ref", "HEAD", &reference],
        ))
        .await?;
        git.restore_files(base.as_str()).await
    }

    /// The commit that the current branch is at.
    ///
    /// # Errors
    ///
    /// When no branch has been checked out yet.
    pub async fn head_sha(&self) -> Result<CommitId, GitError> {
        self.commit_at("HEAD").await
    }

    /// The commit that a local branch is at.
    ///
    /// # Errors
    ///
    /// When there is no such branch.
    pub async fn branch_sha(&self, name: &str) -> Result<CommitId, GitError> {
        self.commit_at(&branch_reference(name)?).await
    }

    async fn commit_at(&self, reference: &str) -> Result<CommitId, GitError> {
        let commit = format!("{reference}^{{commit}}");
        let asked = GitCommand::new(
            "rev-parse",
            [
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                &commit,
            ],
        );
        CommitId::parse(&self.git.line(asked).await?)
    }

    /// Waits for this handle's other calls, and heals what a killed git left.
    pub(super) async fn begin(&self) -> Result<Turn<'_>, GitError> {
        let turn = self.turn.lock().await;
        locks::remove_stale(&self.git.git_dir).map_err(|source| GitError::Folder {
            path: self.git.git_dir.clone(),
            source,
        })?;
        // What a transfer left that was stopped.
        self.git.drop_unfinished_packs();
        Ok(Turn {
            git: &self.git,
            _turn: turn,
        })
    }

    pub(super) async fn check_commit(&self, git: &Git, commit: &CommitId) -> Result<(), GitError> {
        let object = format!("{commit}^{{commit}}");
        let found = git
            .ask(GitCommand::new("cat-file", ["cat-file", "-e", &object]))
            .await?;
        if found.success {
            Ok(())
        } else {
            Err(GitError::MissingCommit {
                commit: commit.clone(),
            })
        }
    }

    pub(super) async fn check_name(&self, git: &Git, name: &str) -> Result<(), GitError> {
        let reference = branch_reference(name)?;
        let asked = GitCommand::new("check-ref-format", ["check-ref-format", &reference]);
        if git.ask(asked).await?.success {
            Ok(())
        } else {
            Err(GitError::BadBranch {
                name: name.to_owned(),
            })
        }
    }

    pub(super) fn in_folder(folder: &Path, url: String) -> Result<Self, GitError> {
        let real = |part: &str| {
            let path = folder.join(part);
            fs::canonicalize(&path).map_err(|source| GitError::Folder { path, source })
        };
        let git = Git {
            git_dir: real(GIT_DIR)?,
            work_tree: real(WORK_TREE)?,
        };
        Ok(Self {
            git,
            url,
            turn: Arc::default(),
        })
    }
}

/// The right to run git on this work tree, while it lives.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    git: &'a Git,
    _turn: MutexGuard<'a, ()>,
}

impl std::ops::Deref for Turn<'_> {
    type Target = Git;

    fn deref(&self) -> &Git {
        self.git
    }
}

/// The full name of a branch. What git itself refuses is refused later; a
/// leading dash is refused here, because people type branch names as arguments.
pub(super) fn branch_reference(name: &str) -> Result<String, GitError> {
    if name.is_empty() || name.starts_with('-') || name.contains('\0') {
        return Err(GitError::BadBranch {
            name: name.replace('\0', ""),
        });
    }
    Ok(format!("refs/heads/{name}"))
}

fn check_url(url: &str) -> Result<(), GitError> {
    let authority = url
        .split_once("://")
        .map_or("", |(_, rest)| rest.split('/').next().unwrap_or(""));
    if authority.contains('@') {
        Err(GitError::SecretInUrl)
    } else {
        Ok(())
    }
}
