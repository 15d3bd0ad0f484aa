//! What GitHub can be asked only by GraphQL: drafts that become ready, threads that are resolved.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::excerpt;
use super::request::{GRAPHQL, Request};
use crate::client::GitHub;
use crate::error::{AnswerProblem, Call, GitHubError};
use crate::limits::{ERROR_TEXT_BYTES_MAX, ERRORS_MAX};

/// An answer: what was asked for, or what was wrong, both with status 200.
#[derive(Deserialize)]
struct Answer<T> {
    data: Option<T>,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    message: String,
}

impl GitHub {
    /// What a query asks for.
    pub(crate) async fn query<T: DeserializeOwned>(
        &self,
        call: Call,
        query: &str,
        variables: &Value,
    ) -> Result<T, GitHubError> {
        let request = Request::graphql(call, query, variables).reading();
        self.graphql(request).await
    }

    /// Does what a mutation says, which twice is the same as once.
    pub(crate) async fn mutate<T: DeserializeOwned>(
        &self,
        call: Call,
        mutation: &str,
        variables: &Value,
    ) -> Result<T, GitHubError> {
        let request = Request::graphql(call, mutation, variables).repeatable();
        self.graphql(request).await
    }

    async fn graphql<T: DeserializeOwned>(&self, request: Request) -> Result<T, GitHubError> {
        let sent = self.transport().send(&request).await?;
        // What was asked for is null where something was wrong, and has no shape then.
        let answer: Answer<Value> = self.decode(&request, &sent.body)?;
        if !answer.errors.is_empty() {
            return Err(refused(&request, &answer.errors));
        }
        let Some(data) = answer.data else {
            return Err(GitHubError::InvalidAnswer {
                call: request.call,
                source: AnswerProblem::Missing { field: "data" },
            });
        };
        serde_json::from_value(data).map_err(|error| self.misread(&request, error))
    }
}

impl Request {
    fn graphql(call: Call, query: &str, variables: &Value) -> Self {
        Self::post_to(
            call,
            GRAPHQL,
            json!({ "query": query, "variables": variables }),
        )
    }
}

fn refused(request: &Request, faults: &[Fault]) -> GitHubError {
    let call = request.call.clone();
    let sentences: Vec<_> = faults
        .iter()
        .take(ERRORS_MAX)
        .map(|fault| excerpt(&fault.message, ERROR_TEXT_BYTES_MAX))
        .collect();
    let message = sentences.join("; ");
    let is = |kind: &str| faults.iter().any(|fault| fault.kind == kind);
    if is("NOT_FOUND") {
        GitHubError::NotFound { call, message }
    } else if is("FORBIDDEN") || is("INSUFFICIENT_SCOPES") {
        GitHubError::Forbidden {
            call,
            message,
            needed: None,
        }
    } else if is("RATE_LIMITED") {
        GitHubError::RateLimited {
            call,
            limit: crate::RateLimit::Primary,
            retry_after: std::time::Duration::from_secs(60),
        }
    } else {
        GitHubError::Validation {
            call,
            message,
            errors: Vec::new(),
        }
    }
}
