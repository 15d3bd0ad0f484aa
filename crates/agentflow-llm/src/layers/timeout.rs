//! Waits for an answer only so long.

use std::time::Duration;

use async_trait::async_trait;
use futures::stream;
use tokio::time::Instant;

use super::moment::after;
use crate::{ChatModel, ChatReply, ChatRequest, ModelError, ModelFault, ReplyStream};

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

impl<M: ChatModel> Timeout<M> {
    fn late(&self, request: &ChatRequest) -> Late {
        let model = request.model.as_deref().unwrap_or(self.inner.name());
        Late {
            model: model.to_owned(),
            limit: self.limit,
        }
    }
}

#[async_trait]
impl<M: ChatModel> ChatModel for Timeout<M> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let late = self.late(&request);
        let answer = tokio::time::timeout(self.limit, self.inner.complete(request));
        answer.await.unwrap_or_else(|_| Err(late.error()))
    }

    /// The limit is that of the whole reply, however its events come.
    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let late = self.late(&request);
        let end = after(Instant::now(), self.limit);
        let begun = tokio::time::timeout_at(end, self.inner.stream(request)).await;
        let reply = begun.unwrap_or_else(|_| Err(late.error()))?;
        let events = stream::unfold((reply, late), move |(mut reply, late)| async move {
            let event = tokio::time::timeout_at(end, reply.next()).await;
            let event = event.unwrap_or_else(|_| Some(Err(late.error())))?;
            Some((event, (reply, late)))
        });
        Ok(ReplyStream::new(events))
    }
}

/// Says who was too slow.
struct Late {
    model: String,
    limit: Duration,
}

impl Late {
    fn error(&self) -> ModelError {
        let message = format!("no answer within {:?}", self.limit);
        let fault = ModelFault::new(&self.model, message);
        ModelError::Timeout { fault }
    }
}
