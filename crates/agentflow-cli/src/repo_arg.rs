//! How a repository is named on the command line.
//!
//! Checks only the form: a path may not exist, a repository may be somebody else's.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use agentflow_github::{RepoRefError, RepoUrl};

/// A repository as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepoArg {
    /// `owner/name` or a URL: on GitHub, or on a server that speaks its REST.
    Hosted(RepoUrl),
    /// A folder of this machine.
    Folder(PathBuf),
}

impl FromStr for RepoArg {
    type Err = RepoRefError;

    /// A text with `/` in it is `owner/name` or a URL, unless it begins like a path.
    fn from_str(text: &str) -> Result<Self, RepoRefError> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("file://") {
            return Ok(Self::Folder(path.into()));
        }
        let begins_like_a_path = text.starts_with(['.', '/', '~']);
        let is_one_name = !text.is_empty() && !text.contains(['/', ':']);
        if begins_like_a_path || is_one_name || is_deep_path(text) {
            return Ok(Self::Folder(text.into()));
        }
        text.parse().map(Self::Hosted)
    }
}

/// `a/b/c` is no repository's name, and may be a folder.
fn is_deep_path(text: &str) -> bool {
    !text.contains("://")
        && text.trim_end_matches('/').matches('/').count() > 1
        && Path::new(text).is_dir()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_repository_is_a_name_a_url_or_a_path() {
        for (text, want) in [
            ("octo/hello", "api.github.com octo/hello"),
            ("https://github.com/octo/hello", "api.github.com octo/hello"),
            ("github.com/octo/hello", "api.github.com octo/hello"),
            (
                "https://ghe.example/octo/hello.git",
                "ghe.example/api/v3 octo/hello",
            ),
            (".", "folder ."),
            ("./octo/hello", "folder ./octo/hello"),
            ("../hello", "folder ../hello"),
            ("/srv/hello", "folder /srv/hello"),
            ("hello", "folder hello"),
            ("file:///srv/hello", "folder /srv/hello"),
        ] {
            let shown = match text.parse::<RepoArg>().unwrap() {
                RepoArg::Folder(path) => format!("folder {}", path.display()),
                RepoArg::Hosted(url) => {
                    format!(
                        "{} {}",
                        url.base_url.as_str().trim_start_matches("https://"),
                        url.repo
                    )
                }
            };
            assert_eq!(shown, want, "{text}");
        }
    }

    #[test]
    fn what_names_no_repository_is_refused_and_shows_no_password() {
        for text in [
            "",
            "octo/",
            "no/such/folder",
            "ftp://h/octo/hello",
            "https://x:hunter2@h/octo/hello",
        ] {
            let error = text.parse::<RepoArg>().unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
