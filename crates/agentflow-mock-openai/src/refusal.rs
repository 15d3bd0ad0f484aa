//! An answer that says no, in OpenAI's form.

use std::time::Duration;

use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The kind of nearly every refusal of OpenAI.
pub(crate) const INVALID_REQUEST: &str = "invalid_request_error";
/// The kind of what is the server's own fault.
pub(crate) const SERVER_ERROR: &str = "server_error";

/// A refusal: a status, what is wrong, and with what.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// Its `type` on the wire.
    pub(crate) kind: &'static str,
    pub(crate) code: Option<&'static str>,
    pub(crate) message: String,
    /// The field that is wrong, such as `messages[0].role`.
    pub(crate) param: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            kind: INVALID_REQUEST,
            code: None,
            message: message.into(),
            param: None,
            retry_after: None,
        }
    }

    /// A body that is not what it should be, as a whole.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A field that is not what it should be.
    pub(crate) fn bad_field(path: &str, problem: &str) -> Self {
        Self {
            param: Some(path.to_owned()),
            ..Self::bad_request(format!("`{path}` {problem}"))
        }
    }

    pub(crate) fn unauthorized(message: &str) -> Self {
        Self {
            code: Some("invalid_api_key"),
            ..Self::new(StatusCode::UNAUTHORIZED, message)
        }
    }

    pub(crate) fn unread(bytes_max: usize, error: &dyn std::error::Error) -> Self {
        let mut message = format!("the body cannot be read; at most {bytes_max} bytes are taken");
        if let Some(cause) = error.source() {
            message += &format!(": {cause}");
        }
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    pub(crate) fn unknown_model(name: &str, known: &str) -> Self {
        Self {
            code: Some("model_not_found"),
            ..Self::new(
                StatusCode::NOT_FOUND,
                format!("there is no model `{name}`; there is `{known}`"),
            )
        }
    }

    pub(crate) fn unknown_path(method: &Method, path: &str) -> Self {
        let message = format!(
            "there is no `{method} {path}` here; there are `POST /v1/chat/completions`, `POST /v1/embeddings` and `GET /v1/models`"
        );
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn unknown_method(method: &Method, path: &str) -> Self {
        let message = format!("`{path}` takes no `{method}`");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, message)
    }

    /// The server stops before the model has answered.
    pub(crate) fn stopping() -> Self {
        Self {
            kind: SERVER_ERROR,
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "the server stops")
        }
    }

    /// The error object of a body.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        })
    }

    /// The error object of a chunk, which has to tell in its fields what else the head of an
    /// answer tells. OpenRouter's form.
    pub(crate) fn to_chunk_json(&self) -> Value {
        let mut error = self.to_json();
        error["code"] = self.status.as_u16().into();
        error["metadata"] = json!({
            "error_type": self.code,
            "retry_after": self.retry_after.map(|wait| wait.as_secs_f64()),
        });
        error
    }
}

/// Rounded up: who asks again too early is refused again.
fn whole_seconds(wait: Duration) -> u64 {
    let more = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(more)
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.to_json() }));
        let mut answer = (self.status, body).into_response();
        if let Some(wait) = self.retry_after {
            let wait = HeaderValue::from(whole_seconds(wait));
            answer.headers_mut().insert(RETRY_AFTER, wait);
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_whole_seconds_and_never_too_short() {
        for (wait, want) in [
            (Duration::ZERO, 0),
            (Duration::from_nanos(1), 1),
            (Duration::from_secs(2), 2),
            (Duration::from_millis(2_001), 3),
            (Duration::MAX, u64::MAX),
        ] {
            assert_eq!(whole_seconds(wait), want, "{wait:?}");
        }
    }
}
