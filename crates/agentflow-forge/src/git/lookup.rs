//! Looks up what an object is, by its hash or by an expression that names it.

use super::run::{GitError, GitRepo, Invocation};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    Blob,
    Tree,
    Commit,
    Tag,
}

impl ObjectKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Tree => "tree",
            Self::Commit => "commit",
            Self::Tag => "tag",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Blob, Self::Tree, Self::Commit, Self::Tag]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// An object without what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectFacts {
    pub(crate) sha: String,
    pub(crate) kind: ObjectKind,
    pub(crate) size: u64,
}

/// A ref and what it points at, which for an annotated tag is the tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefTarget {
    pub(crate) name: String,
    pub(crate) sha: String,
    pub(crate) kind: ObjectKind,
}

/// Whether the text has the form of a full hash.
pub(crate) fn is_full_hash(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl GitRepo {
    /// What the object with this full hash is; nothing where there is none.
    pub(crate) async fn object(&self, sha: &str) -> Result<Option<ObjectFacts>, GitError> {
        if !is_full_hash(sha) {
            return Ok(None);
        }
        self.object_named(sha).await
    }

    /// The tree of a commit, a branch or a tag, or the tree with that hash.
    pub(crate) async fn tree_named(&self, name: &str) -> Result<Option<String>, GitError> {
        let from = match self.resolve(name).await? {
            Some(commit) => commit,
            None if is_full_hash(name) => name.to_owned(),
            None => return Ok(None),
        };
        let tree = self.object_named(&format!("{from}^{{tree}}")).await?;
        Ok(tree.map(|tree| tree.sha))
    }

    async fn object_named(&self, name: &str) -> Result<Option<ObjectFacts>, GitError> {
        let line = format!("{name}\n");
        let output = self
            .success(Invocation {
                args: &["cat-file", "--batch-check"],
                env: &[],
                stdin: line.as_bytes(),
            })
            .await?;
        let text = String::from_utf8_lossy(&output);
        let mut facts = text.split_whitespace();
        let found = (facts.next(), facts.next(), facts.next());
        let (Some(sha), Some(kind), Some(size)) = found else {
            return Ok(None);
        };
        let kind = ObjectKind::parse(kind);
        let size = size.parse().ok();
        Ok(kind.zip(size).map(|(kind, size)| ObjectFacts {
            sha: sha.to_owned(),
            kind,
            size,
        }))
    }

    /// The ref of this full name.
    pub(crate) async fn ref_target(&self, name: &str) -> Result<Option<RefTarget>, GitError> {
        let mut found = self.refs_that_start(name).await?;
        found.retain(|target| target.name == name);
        Ok(found.pop())
    }

    /// Branches, tags and pull requests' heads whose full names start with `prefix`, by name.
    pub(crate) async fn refs_that_start(&self, prefix: &str) -> Result<Vec<RefTarget>, GitError> {
        let format = "--format=%(objectname) %(objecttype) %(refname)";
        let args = [
            "for-each-ref",
            format,
            "refs/heads",
            "refs/tags",
            "refs/pull",
        ];
        let text = self.text(&args).await?;
        let target = |line: &str| {
            let (sha, rest) = line.split_once(' ')?;
            let (kind, name) = rest.split_once(' ')?;
            Some(RefTarget {
                name: name.to_owned(),
                sha: sha.to_owned(),
                kind: ObjectKind::parse(kind)?,
            })
        };
        let mut found: Vec<RefTarget> = text.lines().filter_map(target).collect();
        found.retain(|target| target.name.starts_with(prefix));
        Ok(found)
    }
}
