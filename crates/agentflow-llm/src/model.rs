//! The one trait everything above asks a model through.
//!
//! Layers such as `Retry` implement it around another model, so a caller cannot tell and need
//! not care. A model that cannot stream is a whole model: its reply comes in one piece.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{ChatReply, ChatRequest, ModelError, ReplyStream};

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

    /// Asks the model and gives its answer while it writes it. Waits for the beginning.
    ///
    /// Unless a model says otherwise it asks as [`ChatModel::complete`] does and tells the
    /// whole answer at once. A model around another one has to pass the call on.
    ///
    /// # Errors
    /// As [`ChatModel::complete`], as long as nothing of the answer has come
    /// ([`ReplyStream::begun`] waits for that); after it an error is an item of the stream.
    ///
    /// # Cancel safety
    /// As [`ChatModel::complete`], for the future and for the stream.
    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        Ok(ReplyStream::of(self.complete(request).await?))
    }
}

#[async_trait]
impl<M: ChatModel + ?Sized> ChatModel for Arc<M> {
    fn name(&self) -> &str {
        (**self).name()
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        (**self).complete(request).await
    }

    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        (**self).stream(request).await
    }
}

#[async_trait]
impl<M: ChatModel + ?Sized> ChatModel for Box<M> {
    fn name(&self) -> &str {
        (**self).name()
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        (**self).complete(request).await
    }

    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        (**self).stream(request).await
    }
}
