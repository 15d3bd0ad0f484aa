//! The threads of comments on lines of a pull request, and whether they are resolved.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::Repo;
use crate::error::GitHubError;

const THREADS: &str = "query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id isResolved isOutdated path line
          comments(first: 100) { nodes { databaseId body author { login } } }
        }
      }
    }
  }
}";
const RESOLVE: &str = "mutation ($id: ID!) {
  resolveReviewThread(input: { threadId: $id }) { thread { isResolved } }
}";
const UNRESOLVE: &str = "mutation ($id: ID!) {
  unresolveReviewThread(input: { threadId: $id }) { thread { isResolved } }
}";

/// Comments on one place of a pull request's diff, and their answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReviewThread {
    /// Its name on the server, to resolve it by.
    pub id: String,
    /// Whether somebody said that it is dealt with.
    pub is_resolved: bool,
    /// Whether the lines have changed since.
    #[serde(default)]
    pub is_outdated: bool,
    /// The file.
    pub path: String,
    /// The line in the newest diff; none once it is outdated.
    pub line: Option<u64>,
    /// The first hundred comments, oldest first.
    #[serde(deserialize_with = "nodes")]
    pub comments: Vec<ThreadComment>,
}

/// One comment of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ThreadComment {
    /// Its number, as [`ReviewComment::id`](crate::ReviewComment::id).
    #[serde(rename = "databaseId")]
    pub id: Option<u64>,
    /// Its text in Markdown.
    pub body: String,
    /// The login of who wrote it; none for a deleted account.
    #[serde(deserialize_with = "login")]
    pub author: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    repository: Option<Repository>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Repository {
    pull_request: Option<Pull>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pull {
    review_threads: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    page_info: PageInfo,
    nodes: Vec<ReviewThread>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

impl Repo {
    /// The threads of a pull request, in the order in which they began.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is no such pull request;
    /// [`GitHubError::TooLarge`] where they are on more pages than the client's limit.
    pub async fn review_threads(&self, number: u64) -> Result<Vec<ReviewThread>, GitHubError> {
        let call = self.call("list review threads of", format_args!("#{number}"));
        let pages_max = self.github.transport().limits.pages_max;
        let mut threads = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..pages_max {
            let variables = json!({
                "owner": self.name.owner(), "name": self.name.name(), "number": number, "after": after,
            });
            let answer: Answer = self.github.query(call.clone(), THREADS, &variables).await?;
            let pull = answer.repository.and_then(|found| found.pull_request);
            let Some(page) = pull.map(|pull| pull.review_threads) else {
                let message = "no such pull request".to_owned();
                return Err(GitHubError::NotFound { call, message });
            };
            threads.extend(page.nodes);
            match page.page_info.end_cursor {
                Some(cursor) if page.page_info.has_next_page => after = Some(cursor),
                _ => return Ok(threads),
            }
        }
        Err(GitHubError::TooLarge {
            call,
            what: "the listing",
            limit: format!("pages_max = {pages_max}"),
        })
    }

    /// Says that a thread is dealt with; fine if somebody said so already.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is no such thread; [`GitHubError::Forbidden`]
    /// where the token may not push.
    pub async fn resolve_thread(&self, id: &str) -> Result<(), GitHubError> {
        self.change_thread("resolve thread", RESOLVE, id).await
    }

    /// Says that a thread is not dealt with; fine if nobody said that it was.
    ///
    /// # Errors
    ///
    /// As [`resolve_thread`](Self::resolve_thread).
    pub async fn unresolve_thread(&self, id: &str) -> Result<(), GitHubError> {
        self.change_thread("open thread again", UNRESOLVE, id).await
    }

    async fn change_thread(
        &self,
        operation: &'static str,
        mutation: &str,
        id: &str,
    ) -> Result<(), GitHubError> {
        let call = self.call(operation, format_args!(" {id}"));
        let variables = json!({ "id": id });
        let answer: IgnoredAny = self.github.mutate(call, mutation, &variables).await?;
        let IgnoredAny = answer;
        Ok(())
    }
}

fn nodes<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<ThreadComment>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Comments {
        Kept(Vec<ThreadComment>),
        Sent { nodes: Vec<ThreadComment> },
    }
    Ok(match Comments::deserialize(deserializer)? {
        Comments::Kept(comments) | Comments::Sent { nodes: comments } => comments,
    })
}

fn login<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Actor {
        Kept(String),
        Sent { login: String },
    }
    let actor: Option<Actor> = Option::deserialize(deserializer)?;
    Ok(actor.map(|actor| match actor {
        Actor::Kept(login) | Actor::Sent { login } => login,
    }))
}
