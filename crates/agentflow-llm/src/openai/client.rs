//! The client as a chat model.

use std::fmt;

use async_trait::async_trait;
use tracing::Instrument;

use super::address::Dialect;
use super::builder::OpenAiCompatibleBuilder;
use super::server::Server;
use super::wire_reply::WireReply;
use super::wire_request::WireRequest;
use crate::{ChatModel, ChatReply, ChatRequest, InvalidReply, ModelError};

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
    pub(super) server: Server,
    pub(super) dialect: Dialect,
    // Never empty: the builder refuses that.
    pub(super) models: Vec<String>,
}

impl OpenAiCompatible {
    /// Settings for the server at that address, such as `http://localhost:11434/v1`.
    pub fn builder(base_url: impl Into<String>) -> OpenAiCompatibleBuilder {
        OpenAiCompatibleBuilder::new(base_url.into())
    }

    async fn ask(&self, request: &ChatRequest) -> Result<ChatReply, ModelError> {
        let body = WireRequest::new(request, &self.models, self.dialect);
        let (asked, reply) = self.server.ask::<WireReply>(body.model, &body).await?;
        if let Some(error) = reply.error() {
            let error = error.clone();
            return Err(self.server.refused(&error, asked.or_id(reply.id)));
        }
        let reply = reply.into_reply(asked, request);
        reply.ok_or_else(|| self.server.invalid(InvalidReply::NoChoice))
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
            .field("address", &self.server.address())
            .field("models", &self.models)
            .finish_non_exhaustive()
    }
}
