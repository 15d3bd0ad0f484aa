//! What GitHub can be asked only by GraphQL: drafts that become ready, threads that are resolved.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

use super::excerpt;
use super::rate_limit::rate_limit;
use super::request::{GRAPHQL, Request};
use crate::client::GitHub;
use crate::error::{AnswerProblem, Call, GitHubError, RateLimit};
use crate::limits::{ERROR_TEXT_BYTES_MAX, ERRORS_MAX};

/// The wait where a limit names none.
const LIMIT_WAIT: Duration = Duration::from_secs(60);

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

/// The limit that an answer with status 200 reports, if it does.
pub(super) fn limited(request: &Request, headers: &HeaderMap, body: &[u8]) -> Option<GitHubError> {
    let answer: Answer<IgnoredAny> = serde_json::from_slice(body).ok()?;
    let fault = answer.errors.iter().find(|fault| {
        let kind = fault.kind.as_str();
        matches!(kind, "RATE_LIMIT" | "RATE_LIMITED") || fault.message.contains("rate limit")
    })?;
    // Told by the same headers and words as the limits of REST are, with another status.
    let told = rate_limit(
        StatusCode::FORBIDDEN,
        headers,
        &fault.message,
        Timestamp::now(),
    );
    let (limit, retry_after) = told.unwrap_or((RateLimit::Primary, LIMIT_WAIT));
    Some(GitHubError::RateLimited {
        call: request.call.clone(),
        limit,
        retry_after,
    })
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
    } else {
        GitHubError::Validation {
            call,
            message,
            errors: Vec::new(),
        }
    }
}
