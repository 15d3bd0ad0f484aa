//! Reads commits, trees and blobs. It never writes one.

use super::run::{GitError, GitRepo};

/// Most commits that one listing walks.
const COMMITS_MAX: usize = 1_000;

/// Who made a commit, and when, in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) sha: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) author: Person,
    pub(crate) committer: Person,
    pub(crate) message: String,
}

impl Commit {
    /// First line of the message.
    pub(crate) fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    File,
    Executable,
    Symlink,
    Folder,
    Submodule,
}

/// One name in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreeEntry {
    pub(crate) kind: EntryKind,
    pub(crate) sha: String,
    pub(crate) path: String,
    pub(crate) size: u64,
}

impl EntryKind {
    /// As git writes it.
    pub(crate) fn mode(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Folder => "040000",
            Self::Submodule => "160000",
        }
    }

    /// The kind of object it is.
    pub(crate) fn object(self) -> &'static str {
        match self {
            Self::Folder => "tree",
            Self::Submodule => "commit",
            _ => "blob",
        }
    }
}

impl TreeEntry {
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

impl GitRepo {
    /// Commits reachable from `to` and not from `from`, newest first.
    pub(crate) async fn log(
        &self,
        from: Option<&str>,
        to: &str,
        path: Option<&str>,
    ) -> Result<Vec<Commit>, GitError> {
        let count = format!("--max-count={COMMITS_MAX}");
        let exclude = from.map(|from| format!("^{from}"));
        let mut args = vec!["log", "-z", &count, LOG_FORMAT, to];
        args.extend(exclude.as_deref());
        args.push("--");
        let pathspec = path.map(|path| format!(":(literal){path}"));
        args.extend(pathspec.as_deref());
        parse_log(&self.bytes(&args).await?)
    }

    /// One commit by its full hash.
    pub(crate) async fn commit(&self, sha: &str) -> Result<Commit, GitError> {
        let bytes = self
            .bytes(&["log", "-z", "--max-count=1", LOG_FORMAT, sha, "--"])
            .await?;
        parse_log(&bytes)?
            .pop()
            .ok_or(GitError::Unreadable { command: "log" })
    }

    /// The best common ancestor of two commits.
    pub(crate) async fn merge_base(&self, a: &str, b: &str) -> Result<Option<String>, GitError> {
        self.maybe(&["merge-base", a, b]).await
    }

    /// Whether `ancestor` is reachable from `descendant`.
    pub(crate) async fn is_ancestor(
        &self,
        ancestor: &str,
        descendant: &str,
    ) -> Result<bool, GitError> {
        let answer = self
            .maybe(&["merge-base", "--is-ancestor", ancestor, descendant])
            .await?;
        Ok(answer.is_some())
    }

    /// Whether a commit with several parents is reachable from `to` and not from `from`.
    pub(crate) async fn has_merges(&self, from: &str, to: &str) -> Result<bool, GitError> {
        let range = format!("{from}..{to}");
        let args = ["rev-list", "--merges", "--max-count=1", &range, "--"];
        Ok(!self.text(&args).await?.is_empty())
    }

    /// Commits that only `base` has, and that only `head` has.
    pub(crate) async fn behind_ahead(
        &self,
        base: &str,
        head: &str,
    ) -> Result<(u64, u64), GitError> {
        let range = format!("{base}...{head}");
        let text = self
            .text(&["rev-list", "--left-right", "--count", &range, "--"])
            .await?;
        let mut counts = text
            .split_whitespace()
            .filter_map(|count| count.parse().ok());
        let pair = counts.next().zip(counts.next());
        pair.ok_or(GitError::Unreadable {
            command: "rev-list",
        })
    }

    /// What `path` is in a commit.
    pub(crate) async fn entry(
        &self,
        commit: &str,
        path: &str,
    ) -> Result<Option<TreeEntry>, GitError> {
        let bytes = self
            .bytes(&["ls-tree", "-z", "-l", "--full-tree", commit, "--", path])
            .await?;
        Ok(parse_tree(&bytes, "")
            .into_iter()
            .find(|entry| entry.path == path))
    }

    /// What a folder holds in a commit; the empty path is the root.
    pub(crate) async fn folder(
        &self,
        commit: &str,
        path: &str,
    ) -> Result<Vec<TreeEntry>, GitError> {
        let tree = format!("{commit}:{path}");
        let bytes = self.bytes(&["ls-tree", "-z", "-l", &tree]).await?;
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("{path}/")
        };
        Ok(parse_tree(&bytes, &prefix))
    }

    /// Everything in a tree, and with `deep` also what is in its folders, each after its folder.
    pub(crate) async fn tree(&self, sha: &str, deep: bool) -> Result<Vec<TreeEntry>, GitError> {
        let mut args = vec!["ls-tree", "-z", "-l"];
        if deep {
            args.extend(["-r", "-t"]);
        }
        args.push(sha);
        Ok(parse_tree(&self.bytes(&args).await?, ""))
    }

    /// Text files of a commit that hold the words as they stand, in any case and as whole words.
    pub(crate) async fn files_with(
        &self,
        commit: &str,
        words: &str,
    ) -> Result<Vec<String>, GitError> {
        let args = [
            "grep",
            "-l",
            "-z",
            "-I",
            "-i",
            "-w",
            "-F",
            "--no-color",
            "-e",
            words,
            commit,
            "--",
        ];
        let Some(found) = self.maybe(&args).await? else {
            return Ok(Vec::new());
        };
        let prefix = format!("{commit}:");
        let path = |it: &str| it.strip_prefix(&prefix).map(str::to_owned);
        Ok(found.split('\0').filter_map(path).collect())
    }

    /// A commit's or tree's files in one file, in a folder of that name unless it is empty.
    pub(crate) async fn archive(
        &self,
        tree: &str,
        format: &str,
        folder: &str,
    ) -> Result<Vec<u8>, GitError> {
        let format = format!("--format={format}");
        let prefix = match folder {
            "" => String::new(),
            folder => format!("--prefix={folder}/"),
        };
        let mut args = vec!["archive", &format];
        args.extend(Some(prefix.as_str()).filter(|prefix| !prefix.is_empty()));
        args.push(tree);
        self.bytes(&args).await
    }

    pub(crate) async fn blob(&self, sha: &str) -> Result<Vec<u8>, GitError> {
        self.bytes(&["cat-file", "blob", sha]).await
    }
}

const LOG_FORMAT: &str =
    "--format=tformat:%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B";
const LOG_FIELDS: usize = 10;

fn parse_log(bytes: &[u8]) -> Result<Vec<Commit>, GitError> {
    let text = String::from_utf8_lossy(bytes);
    let fields: Vec<&str> = text.split_terminator('\0').collect();
    if !fields.len().is_multiple_of(LOG_FIELDS) {
        return Err(GitError::Unreadable { command: "log" });
    }
    let person = |fields: &[&str]| Person {
        name: fields[0].to_owned(),
        email: fields[1].to_owned(),
        at: fields[2].parse().unwrap_or(0),
    };
    let commit = |fields: &[&str]| Commit {
        sha: fields[0].to_owned(),
        tree: fields[1].to_owned(),
        parents: fields[2].split_whitespace().map(str::to_owned).collect(),
        author: person(&fields[3..6]),
        committer: person(&fields[6..9]),
        message: fields[9].trim_end().to_owned(),
    };
    Ok(fields.chunks_exact(LOG_FIELDS).map(commit).collect())
}

/// Reads `<mode> <type> <sha> <size>\t<path>` records; anything else is passed over.
fn parse_tree(bytes: &[u8], prefix: &str) -> Vec<TreeEntry> {
    let entry = |record: &str| {
        let (facts, path) = record.split_once('\t')?;
        let mut facts = facts.split_whitespace();
        let (mode, _kind, sha, size) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
        let kind = match mode {
            "040000" => EntryKind::Folder,
            "120000" => EntryKind::Symlink,
            "160000" => EntryKind::Submodule,
            "100755" => EntryKind::Executable,
            _ => EntryKind::File,
        };
        let path = format!("{prefix}{path}");
        Some(TreeEntry {
            kind,
            sha: sha.to_owned(),
            path,
            size: size.parse().unwrap_or(0),
        })
    };
    String::from_utf8_lossy(bytes)
        .split_terminator('\0')
        .filter_map(entry)
        .collect()
}
