//! Where items are kept. A path is always a good one: it is checked when it is made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::limits::PATH_BYTES_MAX;

/// The first label that is kept for the library's own items.
pub const RESERVED_LABEL: &str = "agentflow";

/// Where items are kept: a list of labels, the widest first, such as `users`, `anna`,
/// `memories`. Orders label by label, by bytes.
///
/// A path has one label at least. A label is not empty and has neither a dot, which is
/// what paths are written with, nor NUL; every other character stands for itself.
///
/// ```
/// # use agentflow_core::store::{PathError, StorePath};
/// let anna = StorePath::new(["users", "anna"])?;
/// assert_eq!(anna, "users.anna".parse()?);
/// assert!(anna.child("memories")?.is_under(&anna));
/// assert!(StorePath::new(["users", ""]).is_err());
/// # Ok::<(), PathError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct StorePath(Vec<String>);

/// Why there is no such path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// It has no label.
    #[error("a store path needs one label at least")]
    Empty,
    /// A label is empty.
    #[error("label {place} of the store path is empty")]
    EmptyLabel {
        /// Which label, from 1.
        place: usize,
    },
    /// A label has a character that it must not have.
    #[error("label {label:?} of the store path has {found:?}; labels have neither dots nor NUL")]
    BadLabel {
        /// The label.
        label: String,
        /// The character.
        found: char,
    },
    /// The first label is the library's own.
    #[error(
        "store paths that begin with `{RESERVED_LABEL}` are kept for the library; choose another label"
    )]
    Reserved,
    /// It is too long.
    #[error("the store path would have {found} bytes; at most {PATH_BYTES_MAX} are taken")]
    TooLong {
        /// How long it would be, in bytes.
        found: usize,
    },
}

impl StorePath {
    /// The path of these labels, the widest first.
    ///
    /// # Errors
    /// If there is no label, if one is not a good one, if the first is
    /// [`RESERVED_LABEL`], or if all together are too long.
    pub fn new<L: Into<String>>(labels: impl IntoIterator<Item = L>) -> Result<Self, PathError> {
        Self::checked(labels.into_iter().map(Into::into).collect())
    }

    /// The path with one more label.
    ///
    /// # Errors
    /// As [`StorePath::new`].
    pub fn child(&self, label: impl Into<String>) -> Result<Self, PathError> {
        let mut labels = self.0.clone();
        labels.push(label.into());
        Self::checked(labels)
    }

    /// Its labels, the widest first.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.0
    }

    /// Whether this is `other`, or lies in it.
    #[must_use]
    pub fn is_under(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The path without the labels behind the first `depth`.
    pub(super) fn cut_to(&self, depth: usize) -> Option<Self> {
        let labels = self.0.iter().take(depth).cloned().collect::<Vec<_>>();
        (!labels.is_empty()).then_some(Self(labels))
    }

    fn checked(labels: Vec<String>) -> Result<Self, PathError> {
        let first = labels.first().ok_or(PathError::Empty)?;
        if first == RESERVED_LABEL {
            return Err(PathError::Reserved);
        }
        for (place, label) in labels.iter().enumerate() {
            if label.is_empty() {
                return Err(PathError::EmptyLabel { place: place + 1 });
            }
            if let Some(found) = label.chars().find(|letter| matches!(letter, '.' | '\0')) {
                let label = label.clone();
                return Err(PathError::BadLabel { label, found });
            }
        }
        let found = labels.iter().map(String::len).sum::<usize>() + labels.len() - 1;
        if found > PATH_BYTES_MAX {
            return Err(PathError::TooLong { found });
        }
        Ok(Self(labels))
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

impl FromStr for StorePath {
    type Err = PathError;

    /// The path whose labels are written with dots between them.
    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::new(text.split('.'))
    }
}

impl TryFrom<Vec<String>> for StorePath {
    type Error = PathError;

    fn try_from(labels: Vec<String>) -> Result<Self, PathError> {
        Self::checked(labels)
    }
}

#[cfg(test)]
mod tests {
    use super::{PATH_BYTES_MAX, PathError, StorePath};

    #[test]
    fn a_path_is_made_only_of_good_labels() {
        let bad_label = |label: &str, found| PathError::BadLabel {
            label: label.to_owned(),
            found,
        };
        let (longest, too_long) = (
            "x".repeat(PATH_BYTES_MAX - 2),
            "x".repeat(PATH_BYTES_MAX - 1),
        );
        let found = PATH_BYTES_MAX + 1;
        for (labels, want) in [
            (&["a"][..], Ok("a")),
            (&["users", "anna", "*"], Ok("users.anna.*")),
            (&["a\n", "ключ", " "], Ok("a\n.ключ. ")),
            (&["a", "agentflow"], Ok("a.agentflow")),
            (&[], Err(PathError::Empty)),
            (&[""], Err(PathError::EmptyLabel { place: 1 })),
            (&["a", "", "b"], Err(PathError::EmptyLabel { place: 2 })),
            (&["a", "b.c"], Err(bad_label("b.c", '.'))),
            (&["a\0"], Err(bad_label("a\0", '\0'))),
            (&["agentflow", "a"], Err(PathError::Reserved)),
            (&["a", &longest], Ok(&*format!("a.{longest}"))),
            (&["a", &too_long], Err(PathError::TooLong { found })),
        ] {
            let path = StorePath::new(labels.iter().copied());
            assert_eq!(
                path.map(|path| path.to_string()),
                want.map(str::to_owned),
                "{labels:?}"
            );
        }
    }

    #[test]
    fn a_path_is_read_and_stored_by_the_same_rules() {
        let anna = StorePath::new(["users", "anna"]);
        assert_eq!("users.anna".parse(), anna);
        assert_eq!(
            "".parse::<StorePath>(),
            Err(PathError::EmptyLabel { place: 1 })
        );
        let stored = serde_json::to_string(&anna.clone().ok()).ok();
        assert_eq!(stored.as_deref(), Some(r#"["users","anna"]"#));
        let read = |text| serde_json::from_str::<StorePath>(text);
        assert_eq!(read(r#"["users","anna"]"#).ok(), anna.ok());
        for text in ["[]", r#"["a",""]"#, r#"["a.b"]"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_lies_in_a_path_is_told_label_by_label() {
        for (path, under, want) in [
            ("a.b", "a.b", true),
            ("a.b.c", "a.b", true),
            ("a", "a.b", false),
            ("a.bc", "a.b", false),
        ] {
            let (path, under) = (path.parse::<StorePath>(), under.parse::<StorePath>());
            let is_under = path.and_then(|path| under.map(|under| path.is_under(&under)));
            assert_eq!(is_under, Ok(want));
        }
    }
}
