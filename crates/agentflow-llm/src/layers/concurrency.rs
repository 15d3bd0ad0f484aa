//! Asks a model only so many things at once.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{ChatModel, ChatReply, ChatRequest, ModelError, ReplyStream};

/// A model that answers only so many requests at once; others wait for their turn, in the
/// order in which they came. Clones share the limit.
#[derive(Clone, Debug)]
pub struct ConcurrencyLimit<M> {
    inner: M,
    places: Arc<Semaphore>,
}

impl<M> ConcurrencyLimit<M> {
    /// At most `requests_max` at once, and at least one.
    pub fn new(inner: M, requests_max: usize) -> Self {
        let places = requests_max.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            inner,
            places: Arc::new(Semaphore::new(places)),
        }
    }

    async fn place(&self) -> OwnedSemaphorePermit {
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            unreachable!("nobody closes the semaphore")
        };
        place
    }
}

#[async_trait]
impl<M: ChatModel> ChatModel for ConcurrencyLimit<M> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// # Cancel safety
    /// As the model inside; a request that is dropped leaves its place to the next.
    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let _place = self.place().await;
        self.inner.complete(request).await
    }

    /// Holds its place until the reply has ended or is dropped.
    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let place = self.place().await;
        let reply = self.inner.stream(request).await?;
        Ok(reply.holding(place))
    }
}
