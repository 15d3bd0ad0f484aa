//! What a refusal means: from its own words first, then its status, then its text.
//!
//! The words come first because servers send the same status for different things: 429 for a
//! full minute and for an empty account, 400 for a wrong field and for too long a prompt.

use std::time::Duration;

use serde_json::Value;

use crate::clip::start_of;
use crate::{ModelError, ModelFault};

/// Longest text of a provider that an error repeats.
const MESSAGE_CHARS_MAX: usize = 600;

/// What a server means that refuses with this status and these words, and no others.
pub(crate) fn error_of_status(
    model: &str,
    status: u16,
    message: &str,
    retry_after: Option<Duration>,
) -> ModelError {
    let asked = Asked {
        model: model.to_owned(),
        request_id: None,
        retry_after,
    };
    let refusal = Refusal {
        text: message.to_owned(),
        ..Refusal::default()
    };
    refusal.into_error(Some(status), asked)
}

/// What is known of a request when its answer arrives.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) model: String,
    pub(super) request_id: Option<String>,
    pub(super) retry_after: Option<Duration>,
}

impl Asked {
    /// Takes the id from the body where the headers had none.
    pub(super) fn or_id(mut self, id: Option<String>) -> Self {
        self.request_id = self.request_id.or(id);
        self
    }
}

/// A provider's refusal, as it was said.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    /// The code it gives itself, mostly the HTTP status.
    code: Option<u16>,
    /// Words from a fixed vocabulary, such as `rate_limit_exceeded`.
    words: Vec<String>,
    text: String,
    names_flagged_input: bool,
    retry_after: Option<Duration>,
}

enum Meaning {
    Authentication,
    Forbidden,
    InsufficientCredit,
    RateLimited,
    Overloaded,
    Timeout,
    ContextLength,
    NotFound,
    BadRequest,
    ContentFiltered,
}

impl Refusal {
    /// Reads a body of whatever form: an error object, a text in its place, or no JSON at all.
    pub(super) fn of_body(bytes: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(bytes) else {
            let text = String::from_utf8_lossy(bytes);
            let text = match text.trim() {
                "" => "no explanation".to_owned(),
                text => format!("no JSON but `{text}`"),
            };
            return Self {
                text,
                ..Self::default()
            };
        };
        match body.get("error") {
            Some(error) if !error.is_null() => Self::of_error(error),
            _ => Self::of_error(&body),
        }
    }

    /// Reads an error object, or a text in its place.
    pub(super) fn of_error(error: &Value) -> Self {
        let metadata = &error["metadata"];
        let words = [&error["code"], &error["type"], &metadata["error_type"]];
        let words = words.into_iter().filter_map(Value::as_str);
        let asked = [
            &error["availability"]["retry_after"],
            &metadata["retry_after"],
        ];
        let asked = asked.into_iter().find_map(Value::as_f64);
        Self {
            code: error["code"].as_u64().and_then(|code| code.try_into().ok()),
            words: words.map(str::to_ascii_lowercase).collect(),
            text: text_of(error),
            names_flagged_input: ["reasons", "patterns", "flagged_input"]
                .iter()
                .any(|field| !metadata[*field].is_null()),
            retry_after: asked.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        }
    }

    /// Changes the text before any of it is shown or cut.
    pub(super) fn map_text(mut self, change: impl Fn(&str) -> String) -> Self {
        self.text = change(&self.text);
        self
    }

    /// The error it is. `status` is the HTTP status, `None` when that was a success.
    pub(super) fn into_error(self, status: Option<u16>, asked: Asked) -> ModelError {
        let status = status.or(self.code);
        let meaning = self.meaning(status);
        let retry_after = asked.retry_after.or(self.retry_after);
        let mut fault = ModelFault::new(asked.model, start_of(&self.text, MESSAGE_CHARS_MAX));
        fault.status = status;
        fault.request_id = asked.request_id;
        match meaning {
            Meaning::Authentication => ModelError::Authentication { fault },
            Meaning::Forbidden => ModelError::Forbidden { fault },
            Meaning::InsufficientCredit => ModelError::InsufficientCredit { fault },
            Meaning::RateLimited => ModelError::RateLimited { fault, retry_after },
            Meaning::Overloaded => ModelError::Overloaded { fault, retry_after },
            Meaning::Timeout => ModelError::Timeout { fault },
            Meaning::ContextLength => ModelError::ContextLength { fault },
            Meaning::NotFound => ModelError::NotFound { fault },
            Meaning::BadRequest => ModelError::BadRequest { fault },
            Meaning::ContentFiltered => ModelError::ContentFiltered { fault },
        }
    }

    fn meaning(&self, status: Option<u16>) -> Meaning {
        let by_word = self.words.iter().find_map(|word| meaning_of_word(word));
        by_word.unwrap_or_else(|| self.meaning_of_status(status.unwrap_or(500)))
    }

    fn meaning_of_status(&self, status: u16) -> Meaning {
        match status {
            401 => Meaning::Authentication,
            402 => Meaning::InsufficientCredit,
            403 if self.names_flagged_input => Meaning::ContentFiltered,
            403 => Meaning::Forbidden,
            404 => Meaning::NotFound,
            408 | 504 | 524 => Meaning::Timeout,
            413 => Meaning::ContextLength,
            429 => Meaning::RateLimited,
            500.. => Meaning::Overloaded,
            _ => self.meaning_of_text(),
        }
    }

    /// The last resort, for servers that say everything with 400.
    fn meaning_of_text(&self) -> Meaning {
        let text = self.text.to_ascii_lowercase();
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
        if says(&[
            "context length",
            "context window",
            "context size",
            "prompt is too long",
        ]) {
            Meaning::ContextLength
        } else if says(&["not a valid model", "model not found"]) {
            Meaning::NotFound
        } else {
            Meaning::BadRequest
        }
    }
}

/// OpenRouter's vocabulary, and OpenAI's where it says more than the status.
fn meaning_of_word(word: &str) -> Option<Meaning> {
    Some(match word {
        "authentication" | "authentication_error" | "invalid_api_key" => Meaning::Authentication,
        "permission_denied" => Meaning::Forbidden,
        "payment_required" | "insufficient_quota" => Meaning::InsufficientCredit,
        "rate_limit_exceeded" | "rate_limit_error" => Meaning::RateLimited,
        "provider_overloaded" | "provider_unavailable" | "overloaded_error" | "server" => {
            Meaning::Overloaded
        }
        "timeout" => Meaning::Timeout,
        "context_length_exceeded"
        | "max_tokens_exceeded"
        | "token_limit_exceeded"
        | "string_too_long"
        | "payload_too_large"
        | "exceed_context_size_error" => Meaning::ContextLength,
        "not_found" | "model_not_found" => Meaning::NotFound,
        "content_policy_violation" | "content_filter" | "refusal" => Meaning::ContentFiltered,
        _ => return None,
    })
}

/// The message, and behind it what the provider behind the provider said.
fn text_of(error: &Value) -> String {
    let message = [error, &error["message"], &error["detail"]];
    let message = message.into_iter().find_map(Value::as_str);
    let mut text = message.unwrap_or("no explanation").to_owned();
    let raw = match &error["metadata"]["raw"] {
        Value::Null => return text,
        Value::String(raw) => raw.trim().to_owned(),
        raw => raw.to_string(),
    };
    if !raw.is_empty() && !text.contains(&raw) {
        text = format!("{text}: {raw}");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_outrank_the_status_and_the_status_outranks_the_text() {
        for (status, error, want) in [
            (
                429,
                json!({"code": "insufficient_quota", "message": "m"}),
                "InsufficientCredit",
            ),
            (
                429,
                json!({"type": "rate_limit_error", "message": "m"}),
                "RateLimited",
            ),
            (
                400,
                json!({"code": 400, "message": "m", "metadata": {"error_type": "context_length_exceeded"}}),
                "ContextLength",
            ),
            (
                400,
                json!({"type": "invalid_request_error", "message": "context length is 8"}),
                "ContextLength",
            ),
            (
                401,
                json!({"message": "context length is 8"}),
                "Authentication",
            ),
            (
                403,
                json!({"message": "m", "metadata": {"reasons": ["violence"]}}),
                "ContentFiltered",
            ),
            (403, json!({"message": "m"}), "Forbidden"),
            (
                400,
                json!("model not found, try pulling it first"),
                "NotFound",
            ),
        ] {
            let asked = Asked {
                model: "m".into(),
                request_id: None,
                retry_after: None,
            };
            let got = Refusal::of_error(&error).into_error(Some(status), asked);
            assert!(format!("{got:?}").starts_with(want), "{error}: {got:?}");
        }
    }

    #[test]
    fn every_form_of_body_gives_a_text() {
        for (body, want) in [
            (r#"{"error": {"code": 400, "message": "bad"}}"#, "bad"),
            (r#"{"error": "model not found"}"#, "model not found"),
            (
                r#"{"object": "error", "message": "bad", "code": 400}"#,
                "bad",
            ),
            (r#"{"detail": "Not Found"}"#, "Not Found"),
            (
                r#"{"error": {"message": "Provider returned error", "metadata": {"raw": "busy"}}}"#,
                "Provider returned error: busy",
            ),
            (r#"{"error": null}"#, "no explanation"),
            ("[]", "no explanation"),
            ("", "no explanation"),
            ("<html>502</html>", "no JSON but `<html>502</html>`"),
        ] {
            assert_eq!(Refusal::of_body(body.as_bytes()).text, want, "{body}");
        }
    }
}
