//! Names a repository: `owner/name`, or the URL a person copied from a browser.
//!
//! Checks only the form; whether the repository exists is the server's to say.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use serde::{Deserialize, Serialize};

use crate::wire::BaseUrl;

/// Longest owner or repository name, in bytes; GitHub allows 39 and 100.
const NAME_BYTES_MAX: usize = 100;

/// A repository on some server: its owner and its name.
///
/// Parses from `owner/name` and from a repository's URL. To keep the host of a URL as well,
/// parse a [`RepoUrl`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoRef {
    owner: String,
    name: String,
}

/// A repository together with the server it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RepoUrl {
    /// The repository.
    pub repo: RepoRef,
    /// The server's REST base: api.github.com where the text named no host.
    pub base_url: BaseUrl,
}

/// Why a text names no repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepoRefError {
    /// Neither `owner/name` nor a URL of that form.
    #[error("`{text}` names no repository; write `owner/name` or `https://HOST/owner/name`")]
    Form {
        /// What was given, without any credentials.
        text: String,
    },
    /// The owner or the name has a character or a length that no repository has.
    #[error(
        "`{part}` cannot be part of a repository's name: letters, digits, `-`, `_` and `.`, at most {NAME_BYTES_MAX} bytes"
    )]
    Name {
        /// The part that is wrong.
        part: String,
    },
    /// A user name or password in the URL.
    #[error(
        "the repository's URL holds a user name or password; leave it out and set GITHUB_TOKEN"
    )]
    Credentials,
}

impl RepoRef {
    /// A repository by owner and name.
    ///
    /// # Errors
    ///
    /// [`RepoRefError::Name`] where one of them has a form that no repository has.
    pub fn new(owner: impl Into<String>, name: impl Into<String>) -> Result<Self, RepoRefError> {
        let name: String = name.into();
        let name = name.strip_suffix(".git").map(str::to_owned).unwrap_or(name);
        Ok(Self {
            owner: checked(owner.into())?,
            name: checked(name)?,
        })
    }

    /// The user or organisation the repository belongs to.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The repository's own name, without the owner.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn checked(part: String) -> Result<String, RepoRefError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let dots = matches!(part.as_str(), "." | "..");
    if part.is_empty() || part.len() > NAME_BYTES_MAX || dots || !part.chars().all(legal) {
        return Err(RepoRefError::Name { part });
    }
    Ok(part)
}

impl FromStr for RepoUrl {
    type Err = RepoRefError;

    fn from_str(text: &str) -> Result<Self, RepoRefError> {
        let text = text.trim();
        let bare = ["github.com/", "www.github.com/"]
            .iter()
            .find_map(|host| text.strip_prefix(host));
        if let Some(path) = bare {
            return Ok(Self {
                repo: of_path(path, text)?,
                base_url: BaseUrl::default(),
            });
        }
        if !text.contains("://") {
            return Ok(Self {
                repo: of_path(text, text)?,
                base_url: BaseUrl::default(),
            });
        }
        let form = || RepoRefError::Form {
            text: text.to_owned(),
        };
        let url = Url::parse(text).map_err(|_| RepoRefError::Form {
            text: "that URL".to_owned(),
        })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RepoRefError::Credentials);
        }
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(form());
        }
        let repo = of_path(url.path().trim_start_matches('/'), text)?;
        Ok(Self {
            repo,
            base_url: BaseUrl::of_web(&url),
        })
    }
}

/// The repository of `owner/name`; a URL's path may have one slash at its end.
fn of_path(path: &str, text: &str) -> Result<RepoRef, RepoRefError> {
    let path = path.strip_suffix('/').unwrap_or(path);
    match path.split_once('/') {
        Some((owner, name)) if !owner.is_empty() && !name.is_empty() && !name.contains('/') => {
            RepoRef::new(owner, name)
        }
        _ => Err(RepoRefError::Form {
            text: text.to_owned(),
        }),
    }
}

impl FromStr for RepoRef {
    type Err = RepoRefError;

    fn from_str(text: &str) -> Result<Self, RepoRefError> {
        text.parse::<RepoUrl>().map(|url| url.repo)
    }
}

impl TryFrom<String> for RepoRef {
    type Error = RepoRefError;

    fn try_from(text: String) -> Result<Self, RepoRefError> {
        text.parse()
    }
}

impl From<RepoRef> for String {
    fn from(repo: RepoRef) -> Self {
        repo.to_string()
    }
}

impl fmt::Display for RepoRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_repository_is_read_from_a_name_or_a_url() {
        for (text, base) in [
            ("octo/hello", "https://api.github.com"),
            ("github.com/octo/hello", "https://api.github.com"),
            ("https://github.com/octo/hello", "https://api.github.com"),
            (
                "https://github.com/octo/hello.git",
                "https://api.github.com",
            ),
            (
                "https://www.github.com/octo/hello/",
                "https://api.github.com",
            ),
            (
                "https://ghe.example/octo/hello",
                "https://ghe.example/api/v3",
            ),
            (
                "https://octo.ghe.com/octo/hello",
                "https://api.octo.ghe.com",
            ),
            (
                "http://127.0.0.1:3000/octo/hello.git",
                "http://127.0.0.1:3000/api/v3",
            ),
        ] {
            let url: RepoUrl = text.parse().unwrap();
            assert_eq!(
                (url.repo.to_string().as_str(), url.base_url.as_str()),
                ("octo/hello", base)
            );
        }
    }

    #[test]
    fn nonsense_names_no_repository() {
        for (text, want) in [
            ("", "`` names no repository"),
            ("hello", "`hello` names no repository"),
            ("octo/", "`octo/` names no repository"),
            ("a/b/c", "`a/b/c` names no repository"),
            (
                "https://github.com/octo",
                "`https://github.com/octo` names no repository",
            ),
            (
                "https://github.com/octo/hello/issues/7",
                "names no repository",
            ),
            ("ssh://git@github.com/octo/hello", "holds a user name"),
            (
                "https://x:ghp_secret@github.com/octo/hello",
                "holds a user name",
            ),
            ("octo/..", "`..` cannot be part"),
            ("oc to/hello", "`oc to` cannot be part"),
            ("octo/he%2Fllo", "`he%2Fllo` cannot be part"),
        ] {
            let error = text.parse::<RepoRef>().unwrap_err().to_string();
            assert!(error.contains(want), "{text}: {error}");
            assert!(!error.contains("ghp_secret"));
        }
    }

    #[test]
    fn a_repository_is_one_string_in_json() {
        let repo: RepoRef = serde_json::from_str(r#""octo/hello""#).unwrap();
        assert_eq!(serde_json::to_string(&repo).unwrap(), r#""octo/hello""#);
    }
}
