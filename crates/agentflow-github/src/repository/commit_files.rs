//! Makes a commit through the server's API, without a clone.
//!
//! Blobs, trees and commits are named by what they hold, so that making one again is the same
//! as making it once; only the branch moves, and only forward.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::CommitPerson;
use crate::client::Repo;
use crate::error::{Call, GitHubError};
use crate::wire::Request;

/// A commit to make on a branch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewCommit {
    /// The branch, without `refs/heads/`; it is made where it does not exist.
    pub branch: String,
    /// The commit to build on: the branch's own, or where a new branch begins.
    pub parent: String,
    /// The whole message.
    pub message: String,
    /// The files that change.
    pub changes: Vec<FileChange>,
    /// Whose it is; the token's account where none is given, with the server's own signature if
    /// that is a GitHub App.
    ///
    /// With a date the same call is always the same commit, and may be repeated.
    pub author: Option<CommitPerson>,
}

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path from the root of the repository.
    pub path: String,
    /// What it will hold; none deletes it.
    pub content: Option<Vec<u8>>,
    /// Whether it may be run as a program.
    pub executable: bool,
}

impl FileChange {
    /// A file with this content.
    pub fn write(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            content: Some(content.into()),
            executable: false,
        }
    }

    /// A file that is to go.
    pub fn delete(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            content: None,
            executable: false,
        }
    }
}

#[derive(Deserialize)]
struct Made {
    sha: String,
}

#[derive(Deserialize)]
struct KnownCommit {
    tree: Made,
    #[serde(default)]
    parents: Vec<Made>,
    #[serde(default)]
    message: String,
    author: Option<CommitPerson>,
}

#[derive(Deserialize)]
struct Reference {
    object: Made,
}

impl Repo {
    /// Makes a commit of these changes and moves the branch to it, never by force; says its hash.
    ///
    /// Signed where the client has a [`CommitSigner`](crate::CommitSigner), which needs an
    /// author with a date.
    ///
    /// # Errors
    ///
    /// [`GitHubError::HeadMoved`] where the branch is no longer at the parent;
    /// [`GitHubError::Validation`] or [`GitHubError::Forbidden`] where the branch is protected;
    /// [`GitHubError::Signing`] where it could not be signed. Safe to repeat with a date.
    ///
    /// # Cancel safety
    ///
    /// When dropped, the branch has moved or not; objects that nobody refers to may be left, and
    /// the server clears them away.
    pub async fn commit_files(&self, new: &NewCommit) -> Result<String, GitHubError> {
        let tree = self.new_tree(new).await?;
        if self.github.signer().is_some()
            && let Some(made) = self.made_before(new, &tree).await?
        {
            return Ok(made);
        }
        let commit = self.new_commit(new, &tree).await?;
        self.move_branch(new, &commit).await?;
        Ok(commit)
    }

    /// The commit that the branch is at, if it is the one to make but for its signature: some keys
    /// sign the same words differently each time.
    async fn made_before(
        &self,
        new: &NewCommit,
        tree: &str,
    ) -> Result<Option<String>, GitHubError> {
        let Some(head) = self.branch_head(&new.branch).await? else {
            return Ok(None);
        };
        let call = self.call("read commit", format_args!("@{head}"));
        let route = self.route().literal("git/commits").name(&head);
        let there: KnownCommit = self.github.json(Request::get(call, route)?).await?;
        let same_parent = there.parents.len() == 1 && there.parents[0].sha == new.parent;
        let same_words = there.message.trim_end() == new.message.trim_end();
        let same_author = match (&there.author, &new.author) {
            (Some(there), Some(new)) => {
                let time =
                    |person: &CommitPerson| person.date.as_deref()?.parse::<Timestamp>().ok();
                let who = |person: &CommitPerson| (person.name.clone(), person.email.clone());
                who(there) == who(new) && time(there).is_some() && time(there) == time(new)
            }
            _ => false,
        };
        let is_it = there.tree.sha == tree && same_parent && same_words && same_author;
        Ok(is_it.then_some(head))
    }

    async fn new_tree(&self, new: &NewCommit) -> Result<String, GitHubError> {
        let call = self.call("read commit", format_args!("@{}", new.parent));
        let route = self.route().literal("git/commits").name(&new.parent);
        let parent: KnownCommit = self.github.json(Request::get(call, route)?).await?;
        let mut entries = Vec::with_capacity(new.changes.len());
        for change in &new.changes {
            let blob = match &change.content {
                Some(content) => json!(self.new_blob(&change.path, content).await?),
                None => Value::Null,
            };
            let mode = if change.executable {
                "100755"
            } else {
                "100644"
            };
            entries.push(json!({ "path": change.path, "mode": mode, "type": "blob", "sha": blob }));
        }
        let body = json!({ "base_tree": parent.tree.sha, "tree": entries });
        let call = self.call("make a tree in", "");
        self.make(call, "trees", body).await
    }

    async fn new_blob(&self, path: &str, content: &[u8]) -> Result<String, GitHubError> {
        let body = json!({ "content": BASE64_STANDARD.encode(content), "encoding": "base64" });
        let call = self.call("store file", format_args!(":{path}"));
        self.make(call, "blobs", body).await
    }

    async fn new_commit(&self, new: &NewCommit, tree: &str) -> Result<String, GitHubError> {
        let call = self.call("make a commit on", format_args!(":{}", new.branch));
        let mut body = json!({ "message": new.message, "tree": tree, "parents": [new.parent] });
        if let Some(author) = &new.author {
            body["author"] = json!(author);
            body["committer"] = json!(author);
        }
        if let Some((signature, time)) = self.signature(&call, new, tree).await? {
            // The time as it was signed: an offset would be kept, and be another commit.
            body["author"]["date"] = json!(time);
            body["committer"]["date"] = json!(time);
            body["signature"] = json!(signature);
        }
        self.make(call, "commits", body).await
    }

    async fn make(&self, call: Call, kind: &str, body: Value) -> Result<String, GitHubError> {
        let route = self.route().literal("git").literal(kind);
        let request = Request::new(Method::POST, call, route)?.repeatable();
        let made: Made = self.github.json(request.with_body(body)).await?;
        Ok(made.sha)
    }

    async fn move_branch(&self, new: &NewCommit, commit: &str) -> Result<(), GitHubError> {
        let call = self.call("move branch", format_args!(":{}", new.branch));
        match self.branch_head(&new.branch).await? {
            None => self.new_branch(call, &new.branch, commit).await,
            Some(head) if head == *commit => Ok(()),
            Some(head) if head != new.parent => {
                let message = format!("expected {}, found {head}", new.parent);
                Err(GitHubError::HeadMoved { call, message })
            }
            Some(_) => {
                let route = self.route().literal("git/refs/heads").path(&new.branch);
                let request = Request::new(Method::PATCH, call, route)?;
                let body = json!({ "sha": commit, "force": false });
                self.github
                    .transport()
                    .send(&request.with_body(body))
                    .await?;
                Ok(())
            }
        }
    }

    /// Makes a branch at a commit; fine if it is there already, at that commit.
    ///
    /// # Errors
    ///
    /// [`GitHubError::AlreadyExists`] where it is at another commit;
    /// [`GitHubError::Validation`] where there is no such commit.
    pub async fn ensure_branch(&self, branch: &str, commit: &str) -> Result<(), GitHubError> {
        let call = self.call("make branch", format_args!(":{branch}"));
        match self.branch_head(branch).await? {
            Some(head) if head == commit => Ok(()),
            Some(head) => Err(GitHubError::AlreadyExists {
                call,
                message: format!("it is at {head}"),
            }),
            None => self.new_branch(call, branch, commit).await,
        }
    }

    async fn new_branch(&self, call: Call, branch: &str, commit: &str) -> Result<(), GitHubError> {
        let route = self.route().literal("git/refs");
        let request = Request::new(Method::POST, call, route)?.repeatable();
        let body = json!({ "ref": format!("refs/heads/{branch}"), "sha": commit });
        match self.github.transport().send(&request.with_body(body)).await {
            Ok(_) => Ok(()),
            // Another attempt of ours was heard, or somebody was faster.
            Err(error @ GitHubError::AlreadyExists { .. }) => {
                let head = self.branch_head(branch).await?;
                if head.as_deref() == Some(commit) {
                    Ok(())
                } else {
                    Err(error)
                }
            }
            Err(error) => Err(error),
        }
    }

    /// The commit of a branch, read from git itself: the branch's page may lag behind.
    async fn branch_head(&self, branch: &str) -> Result<Option<String>, GitHubError> {
        let call = self.call("read branch", format_args!(":{branch}"));
        let route = self.route().literal("git/ref/heads").path(branch);
        match self
            .github
            .json::<Reference>(Request::get(call, route)?)
            .await
        {
            Ok(found) => Ok(Some(found.object.sha)),
            // An empty repository has no branches and says so by a conflict.
            Err(GitHubError::NotFound { .. } | GitHubError::Conflict { .. }) => {
                self.repository().await.map(|_| None)
            }
            Err(error) => Err(error),
        }
    }

    /// The signature of the commit that `new` describes and the time that it is for, if commits are
    /// signed.
    async fn signature(
        &self,
        call: &Call,
        new: &NewCommit,
        tree: &str,
    ) -> Result<Option<(String, Timestamp)>, GitHubError> {
        let Some(signer) = self.github.signer() else {
            return Ok(None);
        };
        let refused = |problem: &str| GitHubError::InvalidRequest {
            call: call.clone(),
            problem: problem.to_owned(),
        };
        let author = new.author.as_ref();
        let author = author.ok_or_else(|| refused("a signed commit names its author"))?;
        let date = author.date.as_deref().unwrap_or_default();
        let time: Timestamp = date
            .parse()
            .map_err(|_| refused("a signed commit has a date, as RFC 3339"))?;
        let who = format!(
            "{} <{}> {} +0000",
            author.name,
            author.email,
            time.as_second()
        );
        let object = format!(
            "tree {tree}\nparent {}\nauthor {who}\ncommitter {who}\n\n{}",
            new.parent, new.message
        );
        let signature = signer.sign(object.as_bytes()).await;
        let signature = signature.map(|signature| Some((signature, time)));
        signature.map_err(|source| GitHubError::Signing {
            call: call.clone(),
            source,
        })
    }
}
