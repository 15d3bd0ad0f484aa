//! A repository and its branches.

use http::Method;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::client::Repo;
use crate::error::GitHubError;
use crate::lenient::or_default;
use crate::wire::Request;

/// A repository, as far as a workflow needs to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Repository {
    /// `owner/name`.
    pub full_name: String,
    /// Who it belongs to.
    pub owner: Option<Account>,
    /// The branch that pull requests go to unless told otherwise.
    #[serde(default, deserialize_with = "or_default")]
    pub default_branch: String,
    /// Whether it is hidden from the public.
    #[serde(default, deserialize_with = "or_default")]
    pub private: bool,
    /// Whether it is read-only for good.
    #[serde(default, deserialize_with = "or_default")]
    pub archived: bool,
    /// Whether it is a fork.
    #[serde(default, deserialize_with = "or_default")]
    pub fork: bool,
    /// Its address in a browser, as the server gives it.
    pub html_url: Option<String>,
    /// The address it is cloned from, as the server gives it.
    pub clone_url: Option<String>,
    /// Whether pull requests may be merged by a merge commit; only told to those who may push.
    pub allow_merge_commit: Option<bool>,
    /// Whether pull requests may be squashed; only told to those who may push.
    pub allow_squash_merge: Option<bool>,
    /// Whether pull requests may be rebased; only told to those who may push.
    pub allow_rebase_merge: Option<bool>,
}

/// A branch and the commit it points at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Branch {
    /// Its name, without `refs/heads/`.
    pub name: String,
    /// The commit it points at.
    pub commit: BranchCommit,
    /// Whether rules guard it.
    #[serde(default, deserialize_with = "or_default")]
    pub protected: bool,
}

/// The commit of a [`Branch`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BranchCommit {
    /// The full hash.
    pub sha: String,
}

impl Repo {
    /// The repository itself.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where it does not exist, or is private and hidden from the token.
    pub async fn repository(&self) -> Result<Repository, GitHubError> {
        let call = self.call("read repository", "");
        self.github.json(Request::get(call, self.route())?).await
    }

    /// A branch, if there is one of that name.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where the repository itself cannot be read.
    pub async fn branch(&self, name: &str) -> Result<Option<Branch>, GitHubError> {
        let call = self.call("read branch", format_args!(":{name}"));
        let request = Request::get(call, self.route().literal("branches").name(name))?;
        match self.github.json::<Branch>(request).await {
            // A branch that was renamed is redirected to the new name; that is another branch.
            Ok(branch) => Ok((branch.name == name).then_some(branch)),
            Err(GitHubError::NotFound { .. }) => self.repository().await.map(|_| None),
            Err(error) => Err(error),
        }
    }

    /// Deletes a branch; fine if it is gone already.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Forbidden`] or [`GitHubError::Validation`] where the branch is protected or
    /// the token may not push.
    pub async fn delete_branch(&self, name: &str) -> Result<(), GitHubError> {
        let call = self.call("delete branch", format_args!(":{name}"));
        let route = self.route().literal("git/refs/heads").path(name);
        let deleted = self
            .github
            .transport()
            .send(&Request::new(Method::DELETE, call, route)?)
            .await;
        match deleted {
            Ok(_) => Ok(()),
            // Both say that there is no such branch, and both also say other things.
            Err(error @ (GitHubError::NotFound { .. } | GitHubError::Validation { .. })) => {
                match self.branch(name).await {
                    Ok(None) => Ok(()),
                    _ => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }
}
