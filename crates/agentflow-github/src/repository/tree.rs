//! What lies in a repository at one commit: its folders, its whole tree, its languages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::client::Repo;
use crate::error::GitHubError;
use crate::lenient::or_default;
use crate::wire::Request;

/// The files and folders of a repository at one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tree {
    /// The hash of the tree.
    pub sha: String,
    /// What it holds, by path.
    #[serde(rename = "tree")]
    pub entries: Vec<TreeEntry>,
    /// Whether the server left some out: it shows at most 100,000 entries or 7 MB.
    #[serde(default, deserialize_with = "or_default")]
    pub truncated: bool,
}

/// A file, folder or submodule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TreeEntry {
    /// Its path from the root of the repository; in a folder's listing too.
    pub path: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: EntryKind,
    /// The hash of its object.
    pub sha: String,
    /// Its size in bytes; none for folders.
    pub size: Option<u64>,
    /// Its mode as git writes it, such as `100755`; none in a folder's listing.
    pub mode: Option<String>,
}

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EntryKind {
    /// A file.
    #[serde(alias = "blob")]
    File,
    /// A folder.
    #[serde(alias = "tree")]
    Dir,
    /// A link to another path.
    Symlink,
    /// Another repository at one commit.
    #[serde(alias = "commit")]
    Submodule,
    /// Something this client does not know.
    #[serde(other)]
    Other,
}

impl Repo {
    /// Everything in the repository at a branch, tag or commit.
    ///
    /// Look at [`Tree::truncated`] before taking it for complete; [`folder`](Self::folder) lists
    /// one folder of a very large repository.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is no such ref; [`GitHubError::Conflict`] where the
    /// repository is empty.
    pub async fn tree(&self, git_ref: &str) -> Result<Tree, GitHubError> {
        let call = self.call("read the tree of", format_args!("@{git_ref}"));
        let route = self.route().literal("git/trees").name(git_ref);
        let request = Request::get(call, route.query("recursive", "1"))?;
        self.github.json(request).await
    }

    /// What lies in a folder, at a branch, tag or commit; at the default branch without one.
    /// The root is the empty path.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is no such path or ref;
    /// [`GitHubError::InvalidRequest`] where the path is a file.
    pub async fn folder(
        &self,
        path: &str,
        git_ref: Option<&str>,
    ) -> Result<Vec<TreeEntry>, GitHubError> {
        let path = path.trim_matches('/');
        let at = git_ref.map(|name| format!("@{name}")).unwrap_or_default();
        let call = self.call("list folder", format_args!("{at}:{path}"));
        let mut route = self.route().literal("contents");
        if !path.is_empty() {
            route = route.path(path);
        }
        if let Some(git_ref) = git_ref {
            route = route.query("ref", git_ref);
        }
        let request = Request::get(call, route)?;
        let answer: serde_json::Value = self.github.json(request.clone()).await?;
        if !answer.is_array() {
            return Err(GitHubError::InvalidRequest {
                call: request.call,
                problem: "it is a file, not a folder".to_owned(),
            });
        }
        serde_json::from_value(answer).map_err(|error| self.github.misread(&request, error))
    }

    /// The languages of the default branch, and how many bytes of each, most first.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where the repository cannot be read.
    pub async fn languages(&self) -> Result<Vec<(String, u64)>, GitHubError> {
        let call = self.call("read the languages of", "");
        let request = Request::get(call, self.route().literal("languages"))?;
        let found: BTreeMap<String, u64> = self.github.json(request).await?;
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        Ok(found)
    }
}
