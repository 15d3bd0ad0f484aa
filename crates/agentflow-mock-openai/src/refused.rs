//! A model's error as the refusal that a real server would send for it.
//!
//! Where the error names the status that it came with, that one is sent on. The words beside it
//! say what is meant even where a status means several things.

use agentflow_llm::{ModelError, ModelFault};
use axum::http::StatusCode;

use crate::refusal::{INVALID_REQUEST, Refusal, SERVER_ERROR};

/// The status, the kind and the code of a refusal.
type Words = (u16, &'static str, Option<&'static str>);

impl From<&ModelError> for Refusal {
    fn from(error: &ModelError) -> Self {
        let (fault, (status, kind, code)) = meaning(error);
        let said = fault.and_then(|fault| fault.status);
        let said = said.filter(|status| (400..=599).contains(status));
        let status = StatusCode::from_u16(said.unwrap_or(status));
        Self {
            status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            kind,
            code,
            message: fault.map_or_else(|| error.to_string(), |fault| fault.message.clone()),
            param: None,
            retry_after: error.retry_after(),
        }
    }
}

fn meaning(error: &ModelError) -> (Option<&ModelFault>, Words) {
    let invalid = |status, code| (status, INVALID_REQUEST, Some(code));
    let broken = |status, code| (status, SERVER_ERROR, code);
    match error {
        ModelError::Authentication { fault } => (Some(fault), invalid(401, "invalid_api_key")),
        ModelError::Forbidden { fault } => (Some(fault), invalid(403, "permission_denied")),
        ModelError::InsufficientCredit { fault } => (
            Some(fault),
            (402, "insufficient_quota", Some("insufficient_quota")),
        ),
        ModelError::RateLimited { fault, .. } => (
            Some(fault),
            (429, "rate_limit_error", Some("rate_limit_exceeded")),
        ),
        ModelError::Overloaded { fault, .. } => {
            (Some(fault), broken(503, Some("provider_overloaded")))
        }
        ModelError::Timeout { fault } => (Some(fault), broken(504, Some("timeout"))),
        ModelError::ContextLength { fault } => {
            (Some(fault), invalid(400, "context_length_exceeded"))
        }
        ModelError::NotFound { fault } => (Some(fault), invalid(404, "model_not_found")),
        ModelError::BadRequest { fault } => (Some(fault), (400, INVALID_REQUEST, None)),
        ModelError::ContentFiltered { fault } => (Some(fault), invalid(400, "content_filter")),
        ModelError::Unreachable { .. } | ModelError::InvalidReply { .. } => {
            (None, broken(502, None))
        }
        ModelError::CircuitOpen { .. } => (None, broken(503, None)),
        ModelError::NoneAnswered { .. } if error.is_retryable() => (None, broken(503, None)),
        ModelError::NoneAnswered { .. } => (None, broken(502, None)),
        // Below 500, so that no client asks again for what is not written down.
        ModelError::ScriptExhausted { .. } => (None, invalid(400, "script_exhausted")),
        ModelError::ScriptMissing { .. } => (None, invalid(400, "script_missing")),
        ModelError::ScriptMismatch { .. } => (None, invalid(400, "script_mismatch")),
        _ => (None, broken(500, None)),
    }
}
