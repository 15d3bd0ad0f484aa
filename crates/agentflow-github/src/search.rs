//! Searches the whole server, and says how much may still be asked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::client::GitHub;
use crate::error::{Call, GitHubError};
use crate::issue::Issue;
use crate::lenient::{full_name, or_default};
use crate::limits::PAGE_ITEMS;
use crate::wire::{Request, Route};

/// A file in which the words of a search were found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CodeMatch {
    /// Its path from the root of its repository.
    pub path: String,
    /// The hash of its blob.
    pub sha: String,
    /// Its repository's `owner/name`.
    #[serde(default, deserialize_with = "full_name")]
    pub repository: Option<String>,
    /// Its address in a browser.
    pub html_url: Option<String>,
}

/// What is left of one of the server's allowances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Allowance {
    /// Requests in one window.
    pub limit: u64,
    /// Requests that are left.
    pub remaining: u64,
    /// When the window ends, in seconds since 1970; 0 where the server does not say.
    #[serde(default)]
    pub reset: i64,
}

#[derive(Deserialize)]
struct Found<T> {
    #[serde(default)]
    total_count: u64,
    #[serde(default = "Vec::new")]
    items: Vec<T>,
}

#[derive(Deserialize)]
struct RateLimits {
    #[serde(default, deserialize_with = "or_default")]
    resources: BTreeMap<String, Allowance>,
}

impl GitHub {
    /// The issues and pull requests that fit, best first; the server gives at most 1,000.
    ///
    /// `query` is GitHub's: words, and qualifiers such as `repo:octo/hello is:pr is:open`.
    /// Searches have an allowance of their own, 30 a minute.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Validation`] where the query makes no sense to the server.
    pub async fn search_issues(&self, query: &str) -> Result<Vec<Issue>, GitHubError> {
        let request = search("issues", query, PAGE_ITEMS)?;
        self.list(request, |page: Found<Issue>| page.items).await
    }

    /// How many issues and pull requests fit.
    ///
    /// # Errors
    ///
    /// As [`search_issues`](Self::search_issues).
    pub async fn count_issues(&self, query: &str) -> Result<u64, GitHubError> {
        let found: Found<serde::de::IgnoredAny> = self.json(search("issues", query, 1)?).await?;
        Ok(found.total_count)
    }

    /// The files of default branches in which the words are, best first; at most 1,000.
    ///
    /// The allowance is ten searches a minute.
    ///
    /// # Errors
    ///
    /// As [`search_issues`](Self::search_issues).
    pub async fn search_code(&self, query: &str) -> Result<Vec<CodeMatch>, GitHubError> {
        let request = search("code", query, PAGE_ITEMS)?;
        self.list(request, |page: Found<CodeMatch>| page.items)
            .await
    }

    /// What is left of the server's allowances, by name: `core`, `search`, `graphql`, …
    ///
    /// Costs nothing. Empty where the server has no limits.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Unauthorized`] where the token is not taken.
    pub async fn rate_limits(&self) -> Result<BTreeMap<String, Allowance>, GitHubError> {
        let call = Call::new("read the limits of", "the token");
        let request = Request::get(call, Route::new("rate_limit"))?;
        match self.json::<RateLimits>(request).await {
            Ok(limits) => Ok(limits.resources),
            // An Enterprise server without limits answers so.
            Err(GitHubError::NotFound { .. }) => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }
}

fn search(kind: &'static str, query: &str, items: u32) -> Result<Request, GitHubError> {
    let call = Call::new("search", format!("{kind} for `{query}`"));
    let route = Route::new("search").literal(kind).query("q", query);
    Request::get(call, route.query("per_page", &items.to_string()))
}
