//! Makes the forge's bare repository from what lies in a local folder.
//!
//! Works in a scratch folder; whoever calls moves the result to its place in one step.

use std::path::{Path, PathBuf};

use super::merge::Signature;
use super::run::{Git, GitRepo, Invocation};
use crate::error::ForgeError;

/// The branch of a repository that is made from plain files.
pub(crate) const FIRST_BRANCH: &str = "main";
/// When plain files are committed, in seconds since 1970: the same files give the same commit.
const FIRST_COMMIT_AT: i64 = 1_577_836_800;

/// Where a new repository's content comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RepositorySource {
    /// A local git repository, bare or not: its branches, tags and history.
    Git(PathBuf),
    /// A plain folder: its files, as one commit by a fixed author at a fixed time.
    Folder(PathBuf),
}

impl RepositorySource {
    fn path(&self) -> &Path {
        match self {
            Self::Git(path) | Self::Folder(path) => path,
        }
    }
}

impl From<&Path> for RepositorySource {
    /// Looks whether the folder is a git repository.
    fn from(path: &Path) -> Self {
        let bare = path.join("HEAD").is_file() && path.join("objects").is_dir();
        if bare || path.join(".git").exists() {
            Self::Git(path.to_owned())
        } else {
            Self::Folder(path.to_owned())
        }
    }
}

impl From<&PathBuf> for RepositorySource {
    fn from(path: &PathBuf) -> Self {
        Self::from(path.as_path())
    }
}

/// Fills the empty folder `bare` and returns the name of the default branch.
pub(crate) async fn import(
    git: &Git,
    source: &RepositorySource,
    bare: &Path,
) -> Result<String, ForgeError> {
    let path = source.path();
    let path = std::path::absolute(path).map_err(ForgeError::io(path))?;
    std::fs::metadata(&path).map_err(ForgeError::io(&path))?;
    let repo = git.at(bare);
    init_bare(&repo, FIRST_BRANCH).await?;
    let branch = match source {
        RepositorySource::Git(_) => fetch_all(git, &repo, &path).await?,
        RepositorySource::Folder(_) => commit_files(&repo, &path).await?,
    };
    let Some(branch) = branch else {
        return Err(ForgeError::EmptySource { path });
    };
    repo.bytes(&["symbolic-ref", "HEAD", &format!("refs/heads/{branch}")])
        .await?;
    Ok(branch)
}

/// Makes an empty repository whose `HEAD` names a branch that is not there yet.
pub(crate) async fn init_bare(repo: &GitRepo, branch: &str) -> Result<(), ForgeError> {
    let first = format!("--initial-branch={branch}");
    repo.bytes(&["init", "--quiet", "--bare", "--template=", &first])
        .await?;
    Ok(())
}

/// Copies branches and tags; the branch the source is on becomes the default.
async fn fetch_all(git: &Git, repo: &GitRepo, path: &Path) -> Result<Option<String>, ForgeError> {
    let source = path.to_string_lossy();
    let specs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
    let args = [
        &["fetch", "--quiet", "--no-write-fetch-head", "--", &source][..],
        &specs,
    ]
    .concat();
    repo.bytes(&args).await?;
    let current = git
        .at(path)
        .maybe(&["symbolic-ref", "--quiet", "--short", "HEAD"])
        .await?;
    let branches = repo.branches().await?;
    let has = |name: &str| branches.iter().any(|(branch, _)| branch == name);
    let chosen = current
        .filter(|name| has(name))
        .or_else(|| has(FIRST_BRANCH).then(|| FIRST_BRANCH.to_owned()));
    Ok(chosen.or_else(|| branches.first().map(|(name, _)| name.clone())))
}

/// Commits every file that the folder's own ignore rules do not leave out.
async fn commit_files(repo: &GitRepo, path: &Path) -> Result<Option<String>, ForgeError> {
    let index = repo.dir().join("import-index");
    let (index_text, work_tree) = (index.to_string_lossy(), path.to_string_lossy());
    let env = [
        ("GIT_INDEX_FILE", &*index_text),
        ("GIT_WORK_TREE", &*work_tree),
        ("GIT_DIR", "."),
    ];
    let run = |args| {
        repo.success(Invocation {
            args,
            env: &env,
            stdin: b"",
        })
    };
    run(&["add", "--all", "--", ":/"]).await?;
    let listed = run(&["ls-files", "-z"]).await?;
    if listed.is_empty() {
        return Ok(None);
    }
    let tree = String::from_utf8_lossy(&run(&["write-tree"]).await?)
        .trim()
        .to_owned();
    std::fs::remove_file(&index).map_err(ForgeError::io(&index))?;
    let author = Signature {
        name: "agentflow forge".to_owned(),
        email: "forge@forge.invalid".to_owned(),
        at: FIRST_COMMIT_AT,
    };
    let commit = repo
        .new_commit(&tree, &[], "Import files\n", &author, &author)
        .await?;
    repo.set_ref(&format!("refs/heads/{FIRST_BRANCH}"), &commit)
        .await?;
    Ok(Some(FIRST_BRANCH.to_owned()))
}
