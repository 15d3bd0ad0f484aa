//! The layer.

use std::sync::Arc;

use async_trait::async_trait;

use super::redactor::Redactor;
use crate::{ChatModel, ChatReply, ChatRequest, Image, Message, ModelError, ReplyStream};

/// A model that never sees a secret that a [`Redactor`] finds in a request.
///
/// It looks into all texts of the conversation, the addresses of pictures, the results of
/// tools, and the arguments of their calls. What a picture shows it does not see. Reasoning stays as it came, as a provider refuses it otherwise: what a model
/// has reasoned about it has seen before. What a program writes itself stays too, as names
/// and schemas of tools. Replies are not looked into.
///
/// Nothing leaves the process between it and the model: it is the innermost of the layers.
///
/// ```
/// # async fn demo() -> Result<(), agentflow_llm::ModelError> {
/// use agentflow_llm::{ChatModel, ChatRequest, Redact, Redactor, ScriptedModel};
///
/// let inner = ScriptedModel::replies(["done"]);
/// let model = Redact::new(inner.clone(), Redactor::new().secret("hunter2".into()));
/// model.complete(ChatRequest::user("log in with hunter2")).await?;
/// assert_eq!(inner.prompts(), ["log in with [redacted]"]);
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Redact<M> {
    inner: M,
    redactor: Arc<Redactor>,
}

impl<M> Redact<M> {
    /// Takes out what `redactor` finds.
    pub fn new(inner: M, redactor: impl Into<Arc<Redactor>>) -> Self {
        Self {
            inner,
            redactor: redactor.into(),
        }
    }

    fn redact(&self, request: &mut ChatRequest) {
        for message in &mut request.messages {
            match message {
                Message::System { text, .. } => self.redact_in(text),
                Message::User { text, images, .. } => {
                    self.redact_in(text);
                    let addresses = images.iter_mut().filter_map(Image::address_mut);
                    addresses.for_each(|address| self.redact_in(address));
                }
                Message::Tool { content, .. } => self.redact_in(content),
                Message::Assistant(said) => {
                    said.text.iter_mut().for_each(|text| self.redact_in(text));
                    for call in &mut said.tool_calls {
                        self.redact_in(&mut call.arguments);
                    }
                }
            }
        }
    }

    fn redact_in(&self, text: &mut String) {
        if let std::borrow::Cow::Owned(redacted) = self.redactor.redact(text) {
            tracing::debug!("a secret was taken out of a request");
            *text = redacted;
        }
    }
}

#[async_trait]
impl<M: ChatModel> ChatModel for Redact<M> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn complete(&self, mut request: ChatRequest) -> Result<ChatReply, ModelError> {
        self.redact(&mut request);
        self.inner.complete(request).await
    }

    async fn stream(&self, mut request: ChatRequest) -> Result<ReplyStream, ModelError> {
        self.redact(&mut request);
        self.inner.stream(request).await
    }
}
