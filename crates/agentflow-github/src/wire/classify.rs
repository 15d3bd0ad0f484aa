//! Decides what an answer that is no success means.
//!
//! GitHub uses one status for many meanings and tells them apart only in prose, so this is the
//! one place that reads its prose. Every text it looks for comes from a recorded answer.

use http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use super::excerpt::excerpt;
use super::rate_limit::rate_limit;
use super::request::Request;
use crate::error::{AnswerProblem, Call, GitHubError};
use crate::limits::{ERROR_TEXT_BYTES_MAX, ERRORS_MAX};

/// What an answer with a status of 300 or more means. `text` is its body, without secrets.
pub(crate) fn classify(
    request: &Request,
    status: StatusCode,
    headers: &HeaderMap,
    text: &str,
    now: Timestamp,
) -> GitHubError {
    let refusal = Refusal::parse(status, text);
    let call = request.call.clone();
    if let Some((limit, retry_after)) = rate_limit(status, headers, &refusal.message, now) {
        return GitHubError::RateLimited {
            call,
            limit,
            retry_after,
        };
    }
    match status.as_u16() {
        401 => GitHubError::Unauthorized {
            call,
            message: refusal.message,
        },
        403 | 451 => GitHubError::Forbidden {
            call,
            message: refusal.message,
            needed: needed(headers),
        },
        404 | 410 => GitHubError::NotFound {
            call,
            message: refusal.message,
        },
        405 if request.method == Method::PUT => not_merged(call, refusal),
        406 | 413 => GitHubError::TooLarge {
            call,
            what: "the answer",
            limit: refusal.message,
        },
        409 => conflict(call, refusal),
        400 | 422 => invalid(call, refusal),
        408 | 500..=599 => GitHubError::Unavailable {
            call,
            status: Some(status.as_u16()),
            repeat: request.repeat(),
            source: None,
        },
        300..=399 => GitHubError::InvalidAnswer {
            call,
            source: AnswerProblem::Redirect,
        },
        status => GitHubError::InvalidAnswer {
            call,
            source: AnswerProblem::Status {
                status,
                message: refusal.message,
            },
        },
    }
}

fn not_merged(call: Call, refusal: Refusal) -> GitHubError {
    if refusal.says("base branch was modified") {
        GitHubError::Raced {
            call,
            message: refusal.message,
        }
    } else {
        GitHubError::NotMergeable {
            call,
            message: refusal.message,
        }
    }
}

fn conflict(call: Call, refusal: Refusal) -> GitHubError {
    let head_moved = refusal.says("head branch was modified") || refusal.says("head sha");
    let raced = refusal.says("expected to be at") || refusal.says("but expected");
    let message = refusal.message;
    match (head_moved, raced) {
        (true, _) => GitHubError::HeadMoved { call, message },
        (_, true) => GitHubError::Raced { call, message },
        _ => GitHubError::Conflict { call, message },
    }
}

fn invalid(call: Call, refusal: Refusal) -> GitHubError {
    let message = || refusal.whole();
    if refusal.says("already exists") || refusal.says("only have one pending review") {
        GitHubError::AlreadyExists {
            call,
            message: message(),
        }
    } else if refusal.says("your own pull request") {
        GitHubError::OwnPullRequest {
            call,
            message: message(),
        }
    } else if refusal.says("must be part of the diff")
        || refusal.says("line could not be resolved")
        || refusal.says("path could not be resolved")
    {
        GitHubError::OutsideDiff {
            call,
            message: message(),
        }
    } else if refusal.says("expected head sha") || refusal.says("not a fast forward") {
        GitHubError::HeadMoved {
            call,
            message: message(),
        }
    } else {
        GitHubError::Validation {
            call,
            message: refusal.message,
            errors: refusal.errors,
        }
    }
}

/// What would have been enough: the one header is about fine-grained tokens and Apps, the other
/// about classic tokens.
fn needed(headers: &HeaderMap) -> Option<String> {
    let names = ["x-accepted-github-permissions", "x-accepted-oauth-scopes"];
    let told = names.into_iter().filter_map(|name| headers.get(name));
    let mut told = told.filter_map(|value| value.to_str().ok().map(str::trim));
    let needed = told.find(|value| !value.is_empty())?;
    Some(excerpt(needed, ERROR_TEXT_BYTES_MAX))
}

/// What a server says when it refuses: `message`, and `errors` as strings or as objects.
struct Refusal {
    message: String,
    errors: Vec<String>,
}

impl Refusal {
    fn parse(status: StatusCode, text: &str) -> Self {
        let body = serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
        let message = match body.get("message").and_then(Value::as_str) {
            Some(message) => excerpt(message.trim(), ERROR_TEXT_BYTES_MAX),
            // Proxies and outages answer with HTML pages, which explain nothing.
            None => status
                .canonical_reason()
                .unwrap_or("no reason given")
                .to_owned(),
        };
        let errors = match body.get("errors") {
            Some(Value::Array(errors)) => errors.iter().take(ERRORS_MAX).map(sentence).collect(),
            Some(Value::Null) | None => Vec::new(),
            Some(one) => vec![sentence(one)],
        };
        Self { message, errors }
    }

    fn says(&self, words: &str) -> bool {
        std::iter::once(&self.message)
            .chain(&self.errors)
            .any(|text| text.to_lowercase().contains(words))
    }

    fn whole(&self) -> String {
        let mut whole = self.message.clone();
        for error in &self.errors {
            whole.push_str("; ");
            whole.push_str(error);
        }
        whole
    }
}

/// One element of `errors`: a string, or an object of which the message says most.
fn sentence(error: &Value) -> String {
    let field = |name: &str| error.get(name).and_then(Value::as_str);
    let text = match (error.as_str(), field("message"), field("field")) {
        (Some(text), ..) => text.to_owned(),
        (_, Some(message), _) => message.to_owned(),
        (.., Some(name)) => {
            let code = field("code").unwrap_or("invalid");
            format!("{} {name}: {code}", field("resource").unwrap_or("field"))
        }
        _ => error.to_string(),
    };
    excerpt(&text, ERROR_TEXT_BYTES_MAX)
}
