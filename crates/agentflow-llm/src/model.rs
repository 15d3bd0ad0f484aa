//! The one trait everything above asks a model through.
//!
//! Layers such as `Retry` implement it around another model, so a caller cannot tell and need
//! not care. Streaming is not part of it: a model that cannot stream is a whole model.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{ChatReply, ChatRequest, ModelError};

/// A model one can ask.
///
/// ```
/// use agentflow_llm::{ChatModel, ChatRequest, ModelError};
///
/// async fn verdict(model: &dyn ChatModel, diff: &str) -> Result<String, ModelError> {
///     let reply = model.complete(ChatRequest::user(diff).label("review/1")).await?;
///     Ok(reply.text().to_owned())
/// }
/// ```
#[async_trait]
pub trait ChatModel: Send + Sync + Debug {
    /// The model asked when a request names none; for logs and cost reports.
    fn name(&self) -> &str;

    /// Asks the model and waits for its whole answer.
    ///
    /// # Errors
    /// [`ModelError`] by meaning; [`ModelError::is_retryable`] says whether asking again may help.
    ///
    /// # Cancel safety
    /// Dropping the future stops the call and leaves the model usable. A provider may still
    /// charge for what it had begun to write.
    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError>;
}

#[async_trait]
impl<M: ChatModel + ?Sized> ChatModel for Arc<M> {
    fn name(&self) -> &str {
        (**self).name()
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        (**self).complete(request).await
    }
}
