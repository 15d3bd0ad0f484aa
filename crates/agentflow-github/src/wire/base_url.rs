//! Where a server's REST lives, and where its web pages and git repositories are.
//!
//! Only addresses: it never connects, and it never guesses from an answer.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

use super::request::GRAPHQL;
use crate::repo_ref::RepoRef;

const GITHUB_API: &str = "https://api.github.com";
const ENTERPRISE_PREFIX: &str = "/api/v3";

/// The address under which a server's REST is reached, without a trailing slash.
///
/// `https://api.github.com` by default, `https://HOST/api/v3` for GitHub Enterprise and for a
/// local forge.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
}

/// Why an address cannot be a server's base URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaseUrlError {
    /// It is not a URL at all.
    #[error("not a URL; write it as `https://HOST/api/v3`")]
    NotAUrl,
    /// Another scheme than http and https, or no host.
    #[error("a base URL starts with `https://` or `http://` and a host")]
    Scheme,
    /// A name or password in the URL, which would end up in logs.
    #[error("a base URL holds no user name or password; give the token to the builder")]
    Credentials,
    /// A query or a fragment, which no REST base has.
    #[error("a base URL has neither `?` nor `#`")]
    Query,
}

impl BaseUrl {
    /// The REST base of a web host, such as `github.com` or `http://127.0.0.1:3000`.
    pub(crate) fn of_web(origin: &Url) -> Self {
        let host = origin.host_str().unwrap_or_default();
        let url = match host {
            "github.com" | "www.github.com" => return Self::default(),
            _ if host.ends_with(".ghe.com") => with(origin, &format!("api.{host}"), ""),
            _ => with(origin, host, ENTERPRISE_PREFIX),
        };
        Self { url }
    }

    /// The address as text, without a trailing slash.
    pub fn as_str(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// The address from which `repo` is cloned.
    pub fn git_url(&self, repo: &RepoRef) -> String {
        format!("{}.git", self.html_url(repo))
    }

    /// The address of `repo` in a browser.
    pub fn html_url(&self, repo: &RepoRef) -> String {
        format!("{}/{repo}", self.web())
    }

    /// The whole address of a path and query below this base.
    ///
    /// A path that already begins with the base's own path is taken as it is: so a `next` link
    /// or a redirect can be followed, whatever host the server believed it had.
    pub(crate) fn join(&self, path_and_query: &str) -> String {
        // GitHub Enterprise has its GraphQL beside the versions of its REST.
        if path_and_query == GRAPHQL
            && let Some(above) = self.as_str().strip_suffix("/v3")
        {
            return format!("{above}{GRAPHQL}");
        }
        let prefix = self.url.path().trim_end_matches('/');
        let below = path_and_query
            .strip_prefix(prefix)
            .filter(|rest| rest.starts_with('/'))
            .unwrap_or(path_and_query);
        format!("{}{below}", self.as_str())
    }

    /// Whether `other` is an absolute address on this host, or no absolute address at all.
    pub(crate) fn is_home_of(&self, other: &str) -> bool {
        Url::parse(other).map_or(other.starts_with('/'), |url| {
            url.origin() == self.url.origin()
        })
    }

    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Whether it is this machine, which no proxy can reach for us.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.host().trim_matches(['[', ']']);
        host == "localhost"
            || host.ends_with(".localhost")
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    pub(crate) fn web(&self) -> String {
        let host = self.host();
        let path = self.url.path().trim_end_matches('/');
        let url = match host {
            "api.github.com" => return "https://github.com".to_owned(),
            _ if host.ends_with(".ghe.com") => {
                with(&self.url, host.strip_prefix("api.").unwrap_or(host), path)
            }
            _ => with(
                &self.url,
                host,
                path.strip_suffix(ENTERPRISE_PREFIX).unwrap_or(path),
            ),
        };
        url.as_str().trim_end_matches('/').to_owned()
    }
}

/// `origin` with another host and path; keeps scheme and port.
fn with(origin: &Url, host: &str, path: &str) -> Url {
    let mut url = origin.clone();
    // The host comes from a URL that was parsed, so it parses again.
    let _ = url.set_host(Some(host));
    url.set_path(path);
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// The path and query of an absolute or relative address.
pub(crate) fn path_and_query(address: &str) -> Option<String> {
    if address.starts_with('/') && !address.starts_with("//") {
        return Some(address.to_owned());
    }
    let url = Url::parse(address).ok()?;
    Some(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    })
}

impl Default for BaseUrl {
    fn default() -> Self {
        let url = Url::parse(GITHUB_API).expect("the address of github.com's API is a URL");
        Self { url }
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let url = Url::parse(text.trim()).map_err(|_| BaseUrlError::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(BaseUrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        Ok(match url.host_str() {
            // People give the web address as often as the API's.
            Some("github.com" | "www.github.com") => Self::default(),
            _ => Self { url },
        })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn graphql_is_beside_the_rest() {
        for (base, want) in [
            ("https://api.github.com", "https://api.github.com/graphql"),
            (
                "https://ghe.example/api/v3",
                "https://ghe.example/api/graphql",
            ),
        ] {
            assert_eq!(base.parse::<BaseUrl>().unwrap().join(GRAPHQL), want);
        }
    }

    #[test]
    fn a_base_knows_its_web_and_git_addresses() {
        let repo: RepoRef = "octo/hello".parse().unwrap();
        for (base, html) in [
            ("https://api.github.com", "https://github.com/octo/hello"),
            ("https://api.github.com/", "https://github.com/octo/hello"),
            ("https://github.com", "https://github.com/octo/hello"),
            (
                "https://ghe.example/api/v3",
                "https://ghe.example/octo/hello",
            ),
            (
                "https://ghe.example/api/v3/",
                "https://ghe.example/octo/hello",
            ),
            (
                "https://ghe.example/git/api/v3",
                "https://ghe.example/git/octo/hello",
            ),
            (
                "https://api.octo.ghe.com",
                "https://octo.ghe.com/octo/hello",
            ),
            (
                "http://127.0.0.1:3000/api/v3",
                "http://127.0.0.1:3000/octo/hello",
            ),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000/octo/hello"),
        ] {
            let base: BaseUrl = base.parse().unwrap();
            assert_eq!(base.html_url(&repo), html, "{base}");
            assert_eq!(base.git_url(&repo), format!("{html}.git"), "{base}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_what_to_write_instead() {
        for (text, want) in [
            ("ghe.example", BaseUrlError::NotAUrl),
            ("ftp://ghe.example", BaseUrlError::Scheme),
            ("https://me:secret@ghe.example", BaseUrlError::Credentials),
            ("https://ghe.example/api/v3?x=1", BaseUrlError::Query),
        ] {
            assert_eq!(text.parse::<BaseUrl>(), Err(want), "{text}");
        }
    }

    #[test]
    fn a_path_is_joined_below_the_base_once() {
        for (base, path, want) in [
            (
                "https://api.github.com",
                "/repos/a/b",
                "https://api.github.com/repos/a/b",
            ),
            ("http://h/api/v3", "/repos/a/b", "http://h/api/v3/repos/a/b"),
            (
                "http://h/api/v3",
                "/api/v3/repos?page=2",
                "http://h/api/v3/repos?page=2",
            ),
            ("http://h/r", "/repos", "http://h/r/repos"),
        ] {
            assert_eq!(base.parse::<BaseUrl>().unwrap().join(path), want);
        }
    }
}
