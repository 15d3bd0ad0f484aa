//! Waits for an answer only so long.

use std::time::Duration;

use async_trait::async_trait;

use crate::{ChatModel, ChatReply, ChatRequest, ModelError, ModelFault};

/// A model that the one inside has only so much time to answer for.
///
/// Inside of [`Retry`](crate::Retry) the limit is that of one attempt, around it that of all
/// of them with the waits between.
#[derive(Clone, Debug)]
pub struct Timeout<M> {
    inner: M,
    limit: Duration,
}

impl<M> Timeout<M> {
    /// Gives up with [`ModelError::Timeout`] after `limit`.
    pub fn new(inner: M, limit: Duration) -> Self {
        Self { inner, limit }
    }
}

#[async_trait]
impl<M: ChatModel> ChatModel for Timeout<M> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let model = request.model.clone();
        let answer = tokio::time::timeout(self.limit, self.inner.complete(request));
        answer.await.unwrap_or_else(|_| {
            let model = model.unwrap_or_else(|| self.name().to_owned());
            let message = format!("no answer within {:?}", self.limit);
            let fault = ModelFault::new(model, message);
            Err(ModelError::Timeout { fault })
        })
    }
}
