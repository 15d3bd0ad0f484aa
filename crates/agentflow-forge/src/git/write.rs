//! Writes blobs, trees and tags. Nobody sees them until a ref is moved to something that holds them.

use std::path::Path;

use super::run::{GitError, GitRepo, Invocation};
use super::{ObjectKind, Signature};

/// One change to a tree: what is at a path afterwards, or that nothing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreeChange {
    pub(crate) path: String,
    /// Mode and object; a folder stands for everything in it.
    pub(crate) to: Option<(String, String)>,
}

impl TreeChange {
    fn is_file(&self) -> bool {
        self.to
            .as_ref()
            .is_some_and(|(mode, _)| mode != FOLDER_MODE)
    }
}

/// Mode of a folder in a tree.
pub(crate) const FOLDER_MODE: &str = "040000";

impl GitRepo {
    /// Keeps the bytes and returns their hash.
    pub(crate) async fn new_blob(&self, bytes: &[u8]) -> Result<String, GitError> {
        let args = ["hash-object", "-w", "--stdin"];
        self.written(&args, bytes).await
    }

    /// The tree `base`, or the empty one, with the changes made to it.
    ///
    /// `scratch` is a folder in which git may keep an index meanwhile.
    pub(crate) async fn new_tree(
        &self,
        base: Option<&str>,
        changes: &[TreeChange],
        scratch: &Path,
    ) -> Result<String, GitError> {
        let pipe = |source| GitError::Pipe {
            command: "read-tree".to_owned(),
            source,
        };
        let dir = tempfile::Builder::new()
            .prefix("index-")
            .tempdir_in(scratch)
            .map_err(pipe)?;
        let index = dir.path().join("index");
        let index = index.to_string_lossy();
        let env = [("GIT_INDEX_FILE", &*index)];
        let run = async |args: &[&str], stdin: &[u8]| {
            let invocation = Invocation {
                args,
                env: &env,
                stdin,
            };
            self.success(invocation).await
        };
        run(&["read-tree", base.unwrap_or("--empty")], b"").await?;
        let listed = run(&["ls-files", "-z"], b"").await?;
        let listed = String::from_utf8_lossy(&listed);
        let update = ["update-index", "--add", "--replace", "-z", "--index-info"];
        run(&update, goes(&listed, changes).as_bytes()).await?;
        for change in changes {
            if let Some((mode, tree)) = &change.to
                && mode == FOLDER_MODE
            {
                let prefix = format!("--prefix={}/", change.path);
                run(&["read-tree", "-i", &prefix, tree], b"").await?;
            }
        }
        run(&update, comes(changes).as_bytes()).await?;
        let tree = run(&["write-tree"], b"").await?;
        Ok(String::from_utf8_lossy(&tree).trim().to_owned())
    }

    /// A tag object that points at another object.
    pub(crate) async fn new_tag(
        &self,
        name: &str,
        (target, kind): (&str, ObjectKind),
        message: &str,
        by: &Signature,
    ) -> Result<String, GitError> {
        let Signature {
            name: who,
            email,
            at,
        } = by;
        let text = format!(
            "object {target}\ntype {}\ntag {name}\ntagger {who} <{email}> {at} +0000\n\n{message}",
            kind.as_str()
        );
        self.written(&["mktag"], text.as_bytes()).await
    }

    async fn written(&self, args: &[&str], stdin: &[u8]) -> Result<String, GitError> {
        let sha = self
            .success(Invocation {
                args,
                env: &[],
                stdin,
            })
            .await?;
        Ok(String::from_utf8_lossy(&sha).trim().to_owned())
    }
}

/// What `update-index` is to read to take away what makes room for a folder or is deleted.
fn goes(listed: &str, changes: &[TreeChange]) -> String {
    const NOTHING: &str = "0 0000000000000000000000000000000000000000";
    let takes = |change: &TreeChange, path: &str| {
        let below = path.strip_prefix(change.path.as_str());
        !change.is_file() && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    listed
        .split_terminator('\0')
        .filter(|path| changes.iter().any(|change| takes(change, path)))
        .map(|path| format!("{NOTHING}\t{path}\0"))
        .collect()
}

/// What it is to read to put files in.
fn comes(changes: &[TreeChange]) -> String {
    let files = changes.iter().filter(|change| change.is_file());
    files
        .filter_map(|change| change.to.as_ref().map(|to| (&change.path, to)))
        .map(|(path, (mode, sha))| format!("{mode} {sha}\t{path}\0"))
        .collect()
}
