//! Merges a pull request at the commit that was looked at, and no other.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::pull_request::{PullRequest, PullRequestState};
use crate::client::Repo;
use crate::error::{AnswerProblem, GitHubError};
use crate::lenient::or_default;
use crate::wire::Request;

/// How the commits of a pull request get onto its base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum MergeMethod {
    /// By a merge commit.
    Merge,
    /// As one commit; the default, since an agent's steps are no history worth keeping.
    #[default]
    Squash,
    /// One by one on top of the base.
    Rebase,
}

/// A merge that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Merged {
    /// The commit that is now on the base.
    pub sha: String,
}

#[derive(Deserialize)]
struct MergeAnswer {
    sha: Option<String>,
    merged: bool,
    #[serde(default, deserialize_with = "or_default")]
    message: String,
}

impl Repo {
    /// Merges a pull request whose head is `expected_head_sha`. See
    /// [`ensure_merged`](Self::ensure_merged), which may be repeated.
    ///
    /// # Errors
    ///
    /// [`GitHubError::HeadMoved`] where the head is another commit by now;
    /// [`GitHubError::NotMergeable`] for conflicts, drafts, missing reviews or checks, and one
    /// that is merged already; [`GitHubError::Raced`] where the base moved meanwhile.
    ///
    /// # Cancel safety
    ///
    /// When dropped, it may or may not have been merged.
    pub async fn merge(
        &self,
        number: u64,
        method: MergeMethod,
        expected_head_sha: &str,
    ) -> Result<Merged, GitHubError> {
        let call = self.call("merge pull request", format_args!("#{number}"));
        let body = json!({ "merge_method": method, "sha": expected_head_sha });
        let route = self.pull_route(number).literal("merge");
        let request = Request::new(Method::PUT, call.clone(), route)?.with_body(body);
        let answer: MergeAnswer = self.github.json(request).await?;
        match answer.sha {
            Some(sha) if answer.merged => Ok(Merged { sha }),
            _ => Err(GitHubError::NotMergeable {
                call,
                message: answer.message,
            }),
        }
    }

    /// Makes sure that a pull request is merged at `expected_head_sha`; fine if it is already.
    ///
    /// Looks before each attempt, and again where the base moved, the outcome is unknown, or the
    /// server has not yet computed whether it can be merged.
    ///
    /// # Errors
    ///
    /// As [`merge`](Self::merge), and always safe to repeat. [`GitHubError::HeadMoved`] also
    /// where it was merged with other commits than the expected.
    ///
    /// # Cancel safety
    ///
    /// May be dropped and called again.
    pub async fn ensure_merged(
        &self,
        number: u64,
        method: MergeMethod,
        expected_head_sha: &str,
    ) -> Result<Merged, GitHubError> {
        let mut delays = self.github.transport().retry.delays();
        let mut last: Option<GitHubError> = None;
        loop {
            let pull = self.pull_request(number).await?;
            if let Some(merged) = self.settled(&pull, expected_head_sha)? {
                return Ok(merged);
            }
            match last.take() {
                // The server knows by now whether it can be merged, and said no.
                Some(error @ GitHubError::NotMergeable { .. }) if pull.mergeable.is_some() => {
                    return Err(error);
                }
                _ => {}
            }
            let error = match self.merge(number, method, expected_head_sha).await {
                Ok(merged) => return Ok(merged),
                Err(error) => error,
            };
            let look_again = error.outcome_unknown()
                || matches!(
                    error,
                    GitHubError::Raced { .. } | GitHubError::NotMergeable { .. }
                );
            let Some(wait) = delays.next().filter(|_| look_again) else {
                return Err(error.of_careful_operation());
            };
            tracing::debug!(%error, "will look at the pull request again");
            tokio::time::sleep(wait).await;
            last = Some(error);
        }
    }

    /// The merge that happened, none while it is to be done, or why it can never be.
    fn settled(&self, pull: &PullRequest, expected: &str) -> Result<Option<Merged>, GitHubError> {
        let call = self.call("merge pull request", format_args!("#{}", pull.number));
        if pull.head.sha != expected {
            let message = format!("expected {expected}, found {}", pull.head.sha);
            return Err(GitHubError::HeadMoved { call, message });
        }
        if pull.is_merged() {
            let missing = || AnswerProblem::Missing {
                field: "merge_commit_sha",
            };
            return match &pull.merge_commit_sha {
                Some(sha) => Ok(Some(Merged { sha: sha.clone() })),
                None => Err(GitHubError::InvalidAnswer {
                    call,
                    source: missing(),
                }),
            };
        }
        if pull.state == PullRequestState::Closed {
            let message = "it was closed without being merged".to_owned();
            return Err(GitHubError::NotMergeable { call, message });
        }
        Ok(None)
    }
}
