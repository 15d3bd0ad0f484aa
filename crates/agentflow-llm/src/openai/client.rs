//! The client as a chat model.

use std::fmt;

use async_trait::async_trait;
use futures::StreamExt;
use tracing::{Instrument, Span};

use super::address::Dialect;
use super::builder::OpenAiCompatibleBuilder;
use super::routing::ProviderRouting;
use super::server::Server;
use super::streaming;
use super::wire_reply::WireReply;
use super::wire_request::WireRequest;
use crate::{ChatModel, ChatReply, ChatRequest, ModelError, ReplyEvent, ReplyStream};

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
    pub(super) routing: ProviderRouting,
}

impl OpenAiCompatible {
    /// Settings for the server at that address, such as `http://localhost:11434/v1`.
    pub fn builder(base_url: impl Into<String>) -> OpenAiCompatibleBuilder {
        OpenAiCompatibleBuilder::new(base_url.into())
    }

    async fn ask(&self, request: &ChatRequest) -> Result<ChatReply, ModelError> {
        let body = self.body(request);
        let (asked, reply) = self.server.ask::<WireReply>(body.model, &body).await?;
        reply.into_answer(&self.server, asked, request)
    }

    fn body<'a>(&'a self, request: &'a ChatRequest) -> WireRequest<'a> {
        WireRequest::new(request, &self.models, self.dialect, &self.routing)
    }

    async fn open(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let body = self.body(&request).streamed(self.dialect);
        let (asked, response) = self.server.open(body.model, &body).await?;
        streaming::reply(self.server.clone(), asked, response, request).await
    }

    fn span(&self, request: &ChatRequest) -> Span {
        let model = request.model.as_deref().unwrap_or_else(|| self.name());
        let (label, messages, tools) =
            (&request.label, request.messages.len(), request.tools.len());
        tracing::info_span!("chat", model, label, messages, tools)
    }
}

fn log(reply: &ChatReply) {
    let ChatReply {
        model,
        provider,
        usage,
        finish,
        request_id,
        ..
    } = reply;
    tracing::debug!(
        answered_by = model,
        provider,
        ?usage,
        ?finish,
        request_id,
        "chat reply"
    );
}

#[async_trait]
impl ChatModel for OpenAiCompatible {
    fn name(&self) -> &str {
        &self.models[0]
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let span = self.span(&request);
        let asked = async {
            let reply = self.ask(&request).await?;
            log(&reply);
            Ok(reply)
        };
        asked.instrument(span).await
    }

    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let span = self.span(&request);
        let reply = self.open(request).instrument(span.clone()).await?;
        Ok(ReplyStream::new(reply.inspect(move |event| {
            if let Ok(ReplyEvent::Done { reply }) = event {
                span.in_scope(|| log(reply));
            }
        })))
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
