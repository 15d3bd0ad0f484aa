//! Asks a model only so often.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::moment::after;
use crate::{ChatModel, ChatReply, ChatRequest, ModelError, ReplyStream};

/// A model that is asked only so often; what comes too early waits, in the order in which it
/// came. Clones share the limit.
///
/// It keeps to the generic cell rate algorithm: as many requests as fit into one period may
/// come at once, and after them one each time that one more would have fitted.
#[derive(Clone, Debug)]
pub struct RateLimit<M> {
    inner: M,
    /// Between requests that come one after another without end.
    interval: Duration,
    /// How far ahead of their time requests may come.
    ahead: Duration,
    /// When the next request would be in time if all so far had been.
    due: Arc<Mutex<Option<Instant>>>,
}

impl<M> RateLimit<M> {
    /// At most `requests_max` in any minute that begins after a quiet one, and at least one.
    pub fn per_minute(inner: M, requests_max: u32) -> Self {
        Self::new(inner, requests_max, Duration::from_secs(60))
    }

    /// As [`RateLimit::per_minute`], for another period.
    pub fn new(inner: M, requests_max: u32, period: Duration) -> Self {
        let interval = period / requests_max.max(1);
        Self {
            inner,
            interval,
            ahead: period.saturating_sub(interval),
            due: Arc::default(),
        }
    }

    /// Takes the next turn; returns when it comes.
    fn turn(&self) -> Instant {
        let now = Instant::now();
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let own = due.map_or(now, |due| due.max(now));
        *due = Some(after(own, self.interval));
        own.checked_sub(self.ahead)
            .map_or(now, |turn| turn.max(now))
    }
}

#[async_trait]
impl<M: ChatModel> ChatModel for RateLimit<M> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// # Cancel safety
    /// As the model inside; the turn of a request that is dropped while it waits is lost.
    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        tokio::time::sleep_until(self.turn()).await;
        self.inner.complete(request).await
    }

    /// # Cancel safety
    /// As [`RateLimit::complete`](ChatModel::complete).
    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        tokio::time::sleep_until(self.turn()).await;
        self.inner.stream(request).await
    }
}
