//! What changed between two commits, file by file.

use super::patch::Patch;
use super::run::{GitError, GitRepo};

/// Longest patch kept for one file, in bytes; a longer one is left out, as GitHub does.
const PATCH_BYTES_MAX: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileStatus {
    Added,
    Removed,
    Modified,
    Renamed,
    Copied,
    Changed,
}

impl FileStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Modified => "modified",
            Self::Renamed => "renamed",
            Self::Copied => "copied",
            Self::Changed => "changed",
        }
    }

    fn of(letter: char) -> Self {
        match letter {
            'A' => Self::Added,
            'D' => Self::Removed,
            'R' => Self::Renamed,
            'C' => Self::Copied,
            'T' => Self::Changed,
            _ => Self::Modified,
        }
    }
}

/// One changed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DiffFile {
    pub(crate) path: String,
    pub(crate) old_path: Option<String>,
    pub(crate) status: FileStatus,
    /// Hash of the file's new content, or of the old one for a removed file.
    pub(crate) blob: String,
    pub(crate) additions: u64,
    pub(crate) deletions: u64,
    /// Absent for a binary file, a bare rename and a very long patch.
    pub(crate) patch: Option<Patch>,
}

const DIFF: [&str; 5] = [
    "diff",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--find-renames",
];

impl GitRepo {
    /// The whole difference as git prints it.
    pub(crate) async fn diff_text(&self, from: &str, to: &str) -> Result<Vec<u8>, GitError> {
        let args = [&DIFF[..], &["--full-index", from, to, "--"]].concat();
        self.bytes(&args).await
    }

    /// The commits after `from` up to `to` as mails, oldest first.
    pub(crate) async fn mail_text(&self, from: &str, to: &str) -> Result<Vec<u8>, GitError> {
        let range = format!("{from}..{to}");
        self.bytes(&["format-patch", "--stdout", "--no-signature", &range])
            .await
    }

    /// The difference, file by file, in git's order.
    pub(crate) async fn diff_files(&self, from: &str, to: &str) -> Result<Vec<DiffFile>, GitError> {
        let args = [
            &DIFF[..],
            &["--raw", "--numstat", "--no-abbrev", "-z", from, to, "--"],
        ]
        .concat();
        let mut files = parse_summary(&self.bytes(&args).await?)
            .ok_or(GitError::Unreadable { command: "diff" })?;
        let text = self.diff_text(from, to).await?;
        attach_patches(&mut files, &String::from_utf8_lossy(&text));
        Ok(files)
    }
}

/// Reads the raw records and then, for the same files in the same order, the numbers.
fn parse_summary(bytes: &[u8]) -> Option<Vec<DiffFile>> {
    let text = String::from_utf8_lossy(bytes);
    let mut fields = text.split_terminator('\0').peekable();
    let mut files = Vec::new();
    while let Some(raw) = fields.next_if(|field| field.starts_with(':')) {
        let facts: Vec<&str> = raw.split(' ').collect();
        let status = FileStatus::of(facts.get(4)?.chars().next()?);
        let (old, new) = (*facts.get(2)?, *facts.get(3)?);
        let first = fields.next()?.to_owned();
        let moved = matches!(status, FileStatus::Renamed | FileStatus::Copied);
        let (old_path, path) = if moved {
            (Some(first), fields.next()?.to_owned())
        } else {
            (None, first)
        };
        let blob = if status == FileStatus::Removed {
            old
        } else {
            new
        }
        .to_owned();
        files.push(DiffFile {
            path,
            old_path,
            status,
            blob,
            additions: 0,
            deletions: 0,
            patch: None,
        });
    }
    for file in &mut files {
        let numbers = fields.next()?;
        let mut numbers = numbers.splitn(3, '\t');
        // A binary file has `-` for both.
        file.additions = numbers.next()?.parse().unwrap_or(0);
        file.deletions = numbers.next()?.parse().unwrap_or(0);
        if numbers.next()?.is_empty() {
            fields.next()?;
            fields.next()?;
        }
    }
    Some(files)
}

/// Hands each file its section of the text; a changed type has two, a removal and an addition.
fn attach_patches(files: &mut [DiffFile], text: &str) {
    let mut sections = sections(text).into_iter();
    for file in files {
        let section = sections.next().unwrap_or_default();
        if file.status == FileStatus::Changed {
            sections.next();
        }
        let start = if section.starts_with("@@") {
            Some(0)
        } else {
            section.find("\n@@").map(|at| at + 1)
        };
        let hunks = start.map(|at| section[at..].trim_end_matches('\n'));
        file.patch = hunks
            .filter(|hunks| hunks.len() <= PATCH_BYTES_MAX)
            .map(Patch::parse);
    }
}

/// Cuts before every `diff --git`: inside a hunk each line starts with a blank, a sign or `\`.
fn sections(text: &str) -> Vec<&str> {
    const START: &str = "diff --git ";
    let mut starts: Vec<usize> = text
        .match_indices("\ndiff --git ")
        .map(|(at, _)| at + 1)
        .collect();
    if text.starts_with(START) {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| &text[start..end])
        .collect()
}
