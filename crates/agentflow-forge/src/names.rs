//! The names the forge takes: logins, repositories, branches, paths in a tree.
//!
//! Everything that becomes a folder or a git argument passes here first, so that no name can
//! leave its folder or be read as an option. It does not look whether the named thing exists.

use std::fmt;
use std::str::FromStr;

/// Longest login or repository name, in bytes, as on GitHub.
const NAME_BYTES_MAX: usize = 100;
/// Longest branch name or path, in bytes.
const PATH_BYTES_MAX: usize = 1_024;
/// First path segments that are the forge's own.
const RESERVED_LOGINS: [&str; 2] = ["api", "static"];

/// Why a name was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// The login has a form the forge does not take, or is the forge's own.
    #[error("`{value}` is not a login: letters, digits and inner `-`, not `api` or `static`")]
    Login {
        /// What was given.
        value: String,
    },
    /// The repository name has a form the forge does not take.
    #[error(
        "`{value}` is not a repository name: letters, digits, `-`, `_` and `.`, not ending in `.git`"
    )]
    Repository {
        /// What was given.
        value: String,
    },
    /// The text is not of the form `owner/name`.
    #[error("`{value}` is not of the form owner/name")]
    Slug {
        /// What was given.
        value: String,
    },
}

/// A repository's full name, written `owner/name`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepositoryName {
    owner: String,
    name: String,
}

impl RepositoryName {
    /// Checks both parts.
    ///
    /// # Errors
    /// [`NameError`] when a part could not be a folder or a URL segment.
    pub fn new(owner: impl Into<String>, name: impl Into<String>) -> Result<Self, NameError> {
        let (owner, name) = (owner.into(), name.into());
        check_login(&owner)?;
        check_repository(&name)?;
        Ok(Self { owner, name })
    }

    /// Login of the owner.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Name below the owner.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl FromStr for RepositoryName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let slug = || NameError::Slug {
            value: text.to_owned(),
        };
        let (owner, name) = text.split_once('/').ok_or_else(slug)?;
        Self::new(owner, name)
    }
}

pub(crate) fn check_login(login: &str) -> Result<(), NameError> {
    let characters = login.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let edges = login.starts_with('-') || login.ends_with('-');
    let reserved = RESERVED_LOGINS
        .iter()
        .any(|r| login.eq_ignore_ascii_case(r));
    if login.is_empty() || login.len() > NAME_BYTES_MAX || !characters || edges || reserved {
        return Err(NameError::Login {
            value: login.to_owned(),
        });
    }
    Ok(())
}

fn check_repository(name: &str) -> Result<(), NameError> {
    let characters = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let shape = name.starts_with(['.', '-']) || name.to_ascii_lowercase().ends_with(".git");
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !characters || shape {
        return Err(NameError::Repository {
            value: name.to_owned(),
        });
    }
    Ok(())
}

/// Whether git would take `name` as a branch, by the rules of `git check-ref-format`.
pub(crate) fn is_branch_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let segment = |s: &str| !s.is_empty() && !s.starts_with('.') && !s.ends_with(".lock");
    name.len() <= PATH_BYTES_MAX
        && !name.starts_with('-')
        && !name.ends_with('.')
        && name != "@"
        && !name.contains("..")
        && !name.contains("@{")
        && !name.contains(forbidden)
        && name.split('/').all(segment)
}

/// Whether `path` names something inside a tree.
pub(crate) fn is_tree_path(path: &str) -> bool {
    let segment = |s: &str| !s.is_empty() && s != "." && s != "..";
    path.len() <= PATH_BYTES_MAX && !path.contains('\0') && path.split('/').all(segment)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_repository_name_is_taken_or_refused_by_its_form() {
        for (text, taken) in [
            ("octo/hello", true),
            ("octo/hello.world_2", true),
            ("octo", false),
            ("octo/", false),
            ("octo/..", false),
            ("octo/.git", false),
            ("octo/x.git", false),
            ("octo/a/b", false),
            ("api/x", false),
            ("-o/x", false),
            ("o o/x", false),
            ("octo/-x", false),
        ] {
            assert_eq!(text.parse::<RepositoryName>().is_ok(), taken, "{text}");
        }
        assert_eq!(
            "octo/hello".parse::<RepositoryName>().unwrap().to_string(),
            "octo/hello"
        );
    }

    #[test]
    fn a_branch_name_is_taken_as_git_would() {
        for (name, taken) in [
            ("main", true),
            ("fix/issue-1", true),
            ("", false),
            ("-x", false),
            ("a..b", false),
            ("a b", false),
            ("a/.b", false),
            ("a.lock", false),
            ("a//b", false),
            ("@", false),
            ("a@{1}", false),
            ("a:b", false),
        ] {
            assert_eq!(is_branch_name(name), taken, "{name}");
        }
    }

    #[test]
    fn a_path_cannot_leave_its_tree() {
        for (path, taken) in [
            ("src/lib.rs", true),
            ("a", true),
            ("../a", false),
            ("/a", false),
            ("a//b", false),
        ] {
            assert_eq!(is_tree_path(path), taken, "{path}");
        }
    }
}
