//! Several work trees of one repository, fetched once.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::runner::GitCommand;
use super::work_tree::{GIT_DIR, WORK_TREE};
use super::{GitError, GitWorkTree};

impl GitWorkTree {
    /// Makes another work tree of the same repository in `folder`, without asking the server:
    /// with branches, files and a lock of its own, and the same objects.
    ///
    /// Can be repeated after a crash. This work tree's folder must stay for as long as the other
    /// is used, which keeps only what is new in it.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub async fn beside(&self, folder: impl AsRef<Path>) -> Result<Self, GitError> {
        let folder = folder.as_ref();
        for part in [GIT_DIR, WORK_TREE] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(|source| GitError::Folder { path, source })?;
        }
        let made = Self::in_folder(folder, self.url.clone())?;
        made.initialise().await?;
        let git = made.begin().await?;
        let borrowed = self.git.git_dir.join("objects");
        let path = git.git_dir.join("objects/info/alternates");
        let mut line = borrowed.into_os_string();
        line.push("\n");
        fs::write(&path, line.as_encoded_bytes())
            .map_err(|source| GitError::Folder { path, source })?;
        let mut args: Vec<OsString> = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"]
            .map(Into::into)
            .into();
        args.push(self.git.git_dir.clone().into());
        args.push("+refs/remotes/origin/*:refs/remotes/origin/*".into());
        git.run(GitCommand::new("fetch", args)).await?;
        drop(git);
        Ok(made)
    }
}
