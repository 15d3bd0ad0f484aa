//! Addresses of everything. All of them start with the forge's own origin.

use crate::store::repositories::Repository;

/// Writes addresses of one forge.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct Links<'a> {
    origin: &'a str,
}

impl<'a> Links<'a> {
    pub(in crate::http) fn new(origin: &'a str) -> Self {
        Self { origin }
    }

    pub(in crate::http) fn origin(&self) -> &'a str {
        self.origin
    }

    /// Base of the REST API.
    pub(in crate::http) fn api(&self) -> String {
        format!("{}/api/v3", self.origin)
    }

    /// Something of a repository in the REST API; `rest` starts with a slash or is empty.
    pub(in crate::http) fn repo(&self, repo: &Repository, rest: &str) -> String {
        format!("{}/api/v3/repos/{}{rest}", self.origin, repo.full_name())
    }

    /// Something of a repository for people; `rest` starts with a slash or is empty.
    pub(in crate::http) fn html(&self, repo: &Repository, rest: &str) -> String {
        format!("{}/{}{rest}", self.origin, repo.full_name())
    }

    /// An issue's or pull request's page.
    pub(in crate::http) fn html_number(
        &self,
        repo: &Repository,
        number: i64,
        is_pull: bool,
    ) -> String {
        let kind = if is_pull { "pull" } else { "issues" };
        self.html(repo, &format!("/{kind}/{number}"))
    }
}

/// Escapes what must not stand in a path, but keeps its slashes.
pub(in crate::http) fn escaped(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
