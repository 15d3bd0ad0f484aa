//! One file of a repository at one commit, without cloning it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::client::Repo;
use crate::error::{AnswerProblem, GitHubError};
use crate::lenient::or_default;
use crate::wire::{RAW, Request};

/// A file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// Its path from the root of the repository.
    pub path: String,
    /// The hash of its blob.
    pub sha: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl File {
    /// The content as text, if it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.content).ok()
    }
}

/// What the server says about a path that is no folder.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    kind: String,
    path: String,
    sha: String,
    #[serde(default, deserialize_with = "or_default")]
    encoding: String,
    #[serde(default, deserialize_with = "or_default")]
    content: String,
}

impl Repo {
    /// A file at a branch, tag or commit; at the default branch without one.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is no such path or ref;
    /// [`GitHubError::InvalidRequest`] where the path is a folder or a submodule;
    /// [`GitHubError::TooLarge`] where the file is larger than the client's limit.
    pub async fn file(&self, path: &str, git_ref: Option<&str>) -> Result<File, GitHubError> {
        let at = git_ref.map(|name| format!("@{name}")).unwrap_or_default();
        let call = self.call("read file", format_args!("{at}:{path}"));
        let mut route = self.route().literal("contents").path(path);
        if let Some(git_ref) = git_ref {
            route = route.query("ref", git_ref);
        }
        let request = Request::get(call, route)?;
        let not_a_file = |what: &str| GitHubError::InvalidRequest {
            call: request.call.clone(),
            problem: format!("it is a {what}, not a file"),
        };
        let answer: Value = self.github.json(request.clone()).await?;
        if answer.is_array() {
            return Err(not_a_file("folder"));
        }
        let entry: Entry =
            serde_json::from_value(answer).map_err(|error| self.github.misread(&request, error))?;
        if !matches!(entry.kind.as_str(), "" | "file" | "symlink") {
            return Err(not_a_file(&entry.kind));
        }
        let content = match entry.encoding.as_str() {
            "base64" => self.decoded(&request, &entry.content)?,
            // Over 1 MiB the server leaves the content out and gives it only raw.
            _ => {
                let request = request.clone().accept(RAW);
                Vec::from(self.github.transport().send(&request).await?.body)
            }
        };
        Ok(File {
            path: entry.path,
            sha: entry.sha,
            content,
        })
    }

    /// The first of these paths that is a file.
    pub(crate) async fn first_file(
        &self,
        paths: &[&str],
        git_ref: &str,
    ) -> Result<Option<File>, GitHubError> {
        for path in paths {
            match self.file(path, Some(git_ref)).await {
                Ok(file) => return Ok(Some(file)),
                Err(GitHubError::NotFound { .. } | GitHubError::InvalidRequest { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        // Where the repository cannot be read there is none of them either.
        self.repository().await.map(|_| None)
    }

    fn decoded(&self, request: &Request, wrapped: &str) -> Result<Vec<u8>, GitHubError> {
        let text: String = wrapped.split_ascii_whitespace().collect();
        BASE64_STANDARD
            .decode(text)
            .map_err(|error| GitHubError::InvalidAnswer {
                call: request.call.clone(),
                source: AnswerProblem::Base64(Box::new(error)),
            })
    }
}
