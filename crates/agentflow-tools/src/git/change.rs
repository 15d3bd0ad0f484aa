//! Which files changed, as git lists them.

use serde::{Deserialize, Serialize};

use super::GitError;

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Its content or mode differs.
    Modified,
    /// It is gone.
    Deleted,
    /// It became another kind of thing, such as a link.
    TypeChanged,
}

/// A file that differs. A renamed one is a deleted and an added one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChangedFile {
    /// Its path relative to the work tree.
    pub path: String,
    /// What happened to it.
    pub kind: ChangeKind,
}

/// Reads `--name-status -z`: a letter and a path in turn, sorted by path.
pub(super) fn parse_changes(listed: &[u8]) -> Result<Vec<ChangedFile>, GitError> {
    let unexpected = || GitError::Unexpected { what: "diff-tree" };
    let text = String::from_utf8_lossy(listed);
    let mut fields = text.split_terminator('\0');
    let mut changes = Vec::new();
    while let Some(letter) = fields.next() {
        let path = fields.next().ok_or_else(unexpected)?.to_owned();
        let kind = match letter {
            "A" => ChangeKind::Added,
            "M" => ChangeKind::Modified,
            "D" => ChangeKind::Deleted,
            "T" => ChangeKind::TypeChanged,
            _ => return Err(unexpected()),
        };
        changes.push(ChangedFile { path, kind });
    }
    Ok(changes)
}
