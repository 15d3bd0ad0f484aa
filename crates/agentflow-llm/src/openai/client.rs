//! Sends a request and reads the answer, within time and size limits.
//!
//! One request, one answer: no retries, no cache, no budget.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Response, Url};
use secrecy::{ExposeSecret, SecretString};
use tracing::Instrument;

use super::address::Dialect;
use super::builder::OpenAiCompatibleBuilder;
use super::fault::{Asked, Refusal};
use super::retry_after;
use super::wire_reply::WireReply;
use super::wire_request::WireRequest;
use crate::clip::start_of;
use crate::{ChatModel, ChatReply, ChatRequest, InvalidReply, ModelError, ModelFault};

/// Enough of a page to see whose it is.
const START_CHARS_SHOWN: usize = 120;

/// A client for a server that speaks the chat completions protocol: OpenRouter, Ollama, vLLM,
/// llama.cpp and many more. Cheap to clone; clones share connections.
///
/// ```
/// use agentflow_llm::{ChatModel, OpenAiCompatible};
///
/// # fn main() -> Result<(), agentflow_llm::SetupError> {
/// let model = OpenAiCompatible::builder("http://localhost:11434/v1")
///     .models(["qwen2.5-coder:7b"])
///     .build()?;
/// assert_eq!(model.name(), "qwen2.5-coder:7b");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OpenAiCompatible {
    pub(super) http: reqwest::Client,
    pub(super) url: Url,
    pub(super) dialect: Dialect,
    pub(super) key: Option<SecretString>,
    // Never empty: the builder refuses that.
    pub(super) models: Vec<String>,
    pub(super) timeout: Duration,
    pub(super) reply_bytes_max: usize,
}

impl OpenAiCompatible {
    /// Settings for the server at that address, such as `http://localhost:11434/v1`.
    pub fn builder(base_url: impl Into<String>) -> OpenAiCompatibleBuilder {
        OpenAiCompatibleBuilder::new(base_url.into())
    }

    async fn ask(&self, request: &ChatRequest) -> Result<ChatReply, ModelError> {
        let body = WireRequest::new(request, &self.models, self.dialect);
        let model = body.model;
        let sent = self.http.post(self.url.clone()).json(&body).send().await;
        let response = sent.map_err(|error| self.not_reached(model, error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = self.read(model, response).await?;
        let asked = Asked {
            model,
            request_id: header(&headers, "x-generation-id"),
            retry_after: retry_after::of(&headers),
        };
        if status.is_success() {
            self.reply(asked, request, &headers, &bytes)
        } else {
            Err(self
                .refusal(&bytes)
                .into_error(Some(status.as_u16()), asked))
        }
    }

    /// Reads the whole body, and no further than the limit.
    async fn read(&self, model: &str, mut response: Response) -> Result<Vec<u8>, ModelError> {
        let is_refusal = !response.status().is_success();
        let mut bytes = Vec::new();
        loop {
            let chunk = response.chunk().await;
            let Some(chunk) = chunk.map_err(|error| self.not_reached(model, error))? else {
                return Ok(bytes);
            };
            let room = self.reply_bytes_max - bytes.len();
            if chunk.len() > room {
                // What a refusal means is in its status; the rest of a long page adds nothing.
                if is_refusal {
                    bytes.extend_from_slice(&chunk[..room]);
                    return Ok(bytes);
                }
                return Err(self.invalid(InvalidReply::TooLarge {
                    bytes_max: self.reply_bytes_max,
                }));
            }
            bytes.extend_from_slice(&chunk);
        }
    }

    fn reply(
        &self,
        asked: Asked<'_>,
        request: &ChatRequest,
        headers: &HeaderMap,
        bytes: &[u8],
    ) -> Result<ChatReply, ModelError> {
        let reply: WireReply = match serde_json::from_slice(bytes) {
            Ok(reply) => reply,
            Err(_) if !looks_like_json(bytes) => {
                let text = self.without_key(&String::from_utf8_lossy(bytes));
                return Err(self.invalid(InvalidReply::NotJson {
                    content_type: header(headers, CONTENT_TYPE.as_str())
                        .unwrap_or_else(|| "an answer without content type".into()),
                    start: start_of(text.trim(), START_CHARS_SHOWN),
                }));
            }
            Err(source) => return Err(self.invalid(InvalidReply::Shape { source })),
        };
        if let Some(error) = reply.error() {
            let refusal = Refusal::of_error(error).map_text(|text| self.without_key(text));
            return Err(refusal.into_error(None, asked.or_id(reply.id)));
        }
        reply
            .into_reply(asked, request)
            .ok_or_else(|| self.invalid(InvalidReply::NoChoice))
    }

    fn refusal(&self, bytes: &[u8]) -> Refusal {
        Refusal::of_body(bytes).map_text(|text| self.without_key(text))
    }

    fn not_reached(&self, model: &str, error: reqwest::Error) -> ModelError {
        if error.is_timeout() && !error.is_connect() {
            let waited = format!("no whole reply within {:?}", self.timeout);
            let fault = ModelFault::new(model, waited);
            return ModelError::Timeout { fault };
        }
        ModelError::Unreachable {
            address: self.address(),
            // A query may hold what should not be shown.
            source: error.without_url().into(),
        }
    }

    fn invalid(&self, problem: InvalidReply) -> ModelError {
        ModelError::InvalidReply {
            address: self.address(),
            problem,
        }
    }

    fn address(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Some servers repeat the key they refuse.
    fn without_key(&self, text: &str) -> String {
        let key = self
            .key
            .as_ref()
            .map_or("", |key| key.expose_secret().trim());
        if key.is_empty() {
            return text.to_owned();
        }
        text.replace(key, "[key]")
    }
}

#[async_trait]
impl ChatModel for OpenAiCompatible {
    fn name(&self) -> &str {
        &self.models[0]
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let label = request.label.as_deref();
        let span = tracing::info_span!("chat", model = self.name(), label);
        async {
            let reply = self.ask(&request).await?;
            let (model, usage) = (&reply.model, &reply.usage);
            tracing::debug!(answered_by = model, ?usage, finish = ?reply.finish, "chat reply");
            Ok(reply)
        }
        .instrument(span)
        .await
    }
}

impl fmt::Debug for OpenAiCompatible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiCompatible")
            .field("address", &self.address())
            .field("models", &self.models)
            .finish_non_exhaustive()
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Whether a broken answer was at least meant as JSON.
fn looks_like_json(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{")
}
