//! Whether a pull request is a draft, and whether it is up to date with its base.

use http::Method;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::client::Repo;
use crate::error::{AnswerProblem, GitHubError};
use crate::wire::Request;

const READY: &str = "mutation ($id: ID!) {
  markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { isDraft } }
}";
const DRAFT: &str = "mutation ($id: ID!) {
  convertPullRequestToDraft(input: { pullRequestId: $id }) { pullRequest { isDraft } }
}";

impl Repo {
    /// Says that a draft is meant to be merged; fine if it is no draft.
    ///
    /// # Errors
    ///
    /// [`GitHubError::NotFound`] where there is none of that number;
    /// [`GitHubError::Validation`] where it is closed.
    pub async fn mark_ready(&self, number: u64) -> Result<(), GitHubError> {
        self.set_draft(number, false).await
    }

    /// Makes a draft of a pull request; fine if it is one.
    ///
    /// # Errors
    ///
    /// As [`mark_ready`](Self::mark_ready).
    pub async fn convert_to_draft(&self, number: u64) -> Result<(), GitHubError> {
        self.set_draft(number, true).await
    }

    async fn set_draft(&self, number: u64, draft: bool) -> Result<(), GitHubError> {
        let pull = self.pull_request(number).await?;
        if pull.draft == draft {
            return Ok(());
        }
        let (operation, mutation) = if draft {
            ("make a draft of pull request", DRAFT)
        } else {
            ("mark as ready pull request", READY)
        };
        let call = self.call(operation, format_args!("#{number}"));
        let id = pull.node_id.ok_or_else(|| GitHubError::InvalidAnswer {
            call: call.clone(),
            source: AnswerProblem::Missing { field: "node_id" },
        })?;
        let answer: Result<IgnoredAny, _> = self
            .github
            .mutate(call, mutation, &json!({ "id": id }))
            .await;
        answer.map(|_| ())
    }

    /// Merges the base into a pull request whose head is `expected_head_sha`.
    ///
    /// The server does it soon after its answer; the pull request's head tells. Twice is the
    /// same as once: the second finds that the head moved.
    ///
    /// # Errors
    ///
    /// [`GitHubError::HeadMoved`] where the head is another commit by now;
    /// [`GitHubError::Validation`] where the two conflict, or it is up to date.
    pub async fn update_branch(
        &self,
        number: u64,
        expected_head_sha: &str,
    ) -> Result<(), GitHubError> {
        let call = self.call("update the branch of", format_args!("#{number}"));
        let route = self.pull_route(number).literal("update-branch");
        let request = Request::new(Method::PUT, call, route)?.repeatable();
        let body = json!({ "expected_head_sha": expected_head_sha });
        let sent = self.github.transport().send(&request.with_body(body)).await;
        sent.map(|_| ())
    }
}
