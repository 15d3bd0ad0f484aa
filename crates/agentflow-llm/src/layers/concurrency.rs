//! Asks a model only so many things at once.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use crate::{ChatModel, ChatReply, ChatRequest, ModelError};

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
}

#[async_trait]
impl<M: ChatModel> ChatModel for ConcurrencyLimit<M> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// # Cancel safety
    /// As the model inside; a request that is dropped leaves its place to the next.
    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let Ok(_place) = self.places.acquire().await else {
            unreachable!("nobody closes the semaphore")
        };
        self.inner.complete(request).await
    }
}
