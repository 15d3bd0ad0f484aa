//! Makes merged trees and new commits without touching a ref or a work tree.
//!
//! What it makes is invisible until a ref is moved to it.

use super::run::{GitError, GitRepo, Invocation};

/// Who a new commit is by, and when, in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) at: i64,
}

impl GitRepo {
    /// The tree of `ours` with the changes of `theirs` since `base`, or nothing on a conflict.
    ///
    /// Without a base git finds it.
    pub(crate) async fn merged_tree(
        &self,
        base: Option<&str>,
        ours: &str,
        theirs: &str,
    ) -> Result<Option<String>, GitError> {
        let base = base.map(|base| format!("--merge-base={base}"));
        let mut args = vec![
            "merge-tree",
            "--write-tree",
            "--no-messages",
            "--allow-unrelated-histories",
        ];
        args.extend(base.as_deref());
        args.extend([ours, theirs]);
        let tree = self.maybe(&args).await?;
        Ok(tree.and_then(|text| text.lines().next().map(str::to_owned)))
    }

    /// Writes a commit object and returns its hash.
    pub(crate) async fn new_commit(
        &self,
        tree: &str,
        parents: &[&str],
        message: &str,
        author: &Signature,
        committer: &Signature,
    ) -> Result<String, GitError> {
        let (author_at, committer_at) = (git_date(author), git_date(committer));
        let env = [
            ("GIT_AUTHOR_NAME", author.name.as_str()),
            ("GIT_AUTHOR_EMAIL", &author.email),
            ("GIT_AUTHOR_DATE", &author_at),
            ("GIT_COMMITTER_NAME", &committer.name),
            ("GIT_COMMITTER_EMAIL", &committer.email),
            ("GIT_COMMITTER_DATE", &committer_at),
        ];
        let mut args = vec!["commit-tree", tree];
        args.extend(parents.iter().flat_map(|parent| ["-p", parent]));
        let stdin = message.as_bytes();
        let sha = self
            .success(Invocation {
                args: &args,
                env: &env,
                stdin,
            })
            .await?;
        Ok(String::from_utf8_lossy(&sha).trim().to_owned())
    }
}

fn git_date(signature: &Signature) -> String {
    format!("@{} +0000", signature.at)
}
