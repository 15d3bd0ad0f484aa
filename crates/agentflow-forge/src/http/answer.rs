//! Answers that say no, in GitHub's form.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::error::ForgeError;
use crate::git::GitError;

const DOCUMENTATION: &str = "https://docs.github.com/rest";

/// A refusal: a status, a message, and for a refused value what was wrong with it.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
    errors: Vec<Value>,
}

pub(super) type Answer = Result<Response, Refusal>;

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            errors: Vec::new(),
        }
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    pub(super) fn read_only() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Resource not accessible by personal access token",
        )
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    /// A value that was not taken, in GitHub's words for it.
    pub(super) fn invalid(resource: &str, field: &str, code: &str) -> Self {
        let error = json!({ "resource": resource, "field": field, "code": code });
        Self {
            errors: vec![error],
            ..Self::unprocessable("Validation Failed")
        }
    }

    /// A value that was not taken, told back.
    pub(super) fn invalid_value(resource: &str, field: &str, value: &str) -> Self {
        let error =
            json!({ "resource": resource, "field": field, "code": "invalid", "value": value });
        Self {
            errors: vec![error],
            ..Self::unprocessable("Validation Failed")
        }
    }

    /// A rule that was broken, in a sentence.
    pub(super) fn broken_rule(resource: &str, sentence: impl Into<String>) -> Self {
        let error = json!({ "resource": resource, "code": "custom", "message": sentence.into() });
        Self {
            errors: vec![error],
            ..Self::unprocessable("Validation Failed")
        }
    }

    /// A rule that a value broke, in a sentence.
    pub(super) fn broken_field(resource: &str, field: &str, sentence: &str) -> Self {
        Self::with_sentence(resource, field, "custom", sentence)
    }

    /// A value that was not taken, with the reason in a sentence.
    pub(super) fn because_invalid(resource: &str, field: &str, sentence: &str) -> Self {
        Self::with_sentence(resource, field, "invalid", sentence)
    }

    fn with_sentence(resource: &str, field: &str, code: &str, sentence: &str) -> Self {
        let error =
            json!({ "resource": resource, "field": field, "code": code, "message": sentence });
        Self {
            errors: vec![error],
            ..Self::unprocessable("Validation Failed")
        }
    }

    /// Some endpoints list their reasons as plain strings.
    pub(super) fn reasons(reason: impl Into<String>) -> Self {
        let reason: String = reason.into();
        Self {
            errors: vec![Value::from(reason)],
            ..Self::unprocessable("Unprocessable Entity")
        }
    }

    /// A message with one plain string that says more.
    pub(super) fn unprocessable_because(message: &str, reason: &str) -> Self {
        Self {
            errors: vec![Value::from(reason)],
            ..Self::unprocessable(message)
        }
    }

    pub(super) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({
            "message": self.message,
            "documentation_url": DOCUMENTATION,
            "status": self.status.as_u16().to_string(),
        });
        if !self.errors.is_empty() {
            body["errors"] = Value::from(self.errors);
        }
        let mut answer = (self.status, Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let basic = HeaderValue::from_static("Basic realm=\"forge\"");
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
        }
        answer
    }
}

impl From<ForgeError> for Refusal {
    fn from(error: ForgeError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Server Error")
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        ForgeError::from(error).into()
    }
}

impl From<GitError> for Refusal {
    fn from(error: GitError) -> Self {
        match error {
            GitError::TooMuchOutput { .. } => Self::new(
                StatusCode::NOT_ACCEPTABLE,
                "Sorry, this is too large for the forge to show.",
            ),
            error => ForgeError::from(error).into(),
        }
    }
}

pub(super) fn ok(body: Value) -> Answer {
    Ok(Json(body).into_response())
}

pub(super) fn created(body: Value) -> Answer {
    let location = body["url"]
        .as_str()
        .and_then(|url| HeaderValue::from_str(url).ok());
    let mut answer = (StatusCode::CREATED, Json(body)).into_response();
    if let Some(location) = location {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    Ok(answer)
}

pub(super) fn no_content() -> Answer {
    Ok(StatusCode::NO_CONTENT.into_response())
}
