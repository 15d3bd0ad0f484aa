//! The layer.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::store::{Store, StorePath};
use async_trait::async_trait;
use futures::stream;

use super::flights::Flights;
use super::kept::Kept;
use super::key::key_of;
use crate::{ChatModel, ChatReply, ChatRequest, ModelError, ReplyEvent, ReplyStream};

/// A model that gives the reply it gave before when it is asked the same again, from any
/// [`Store`]. Clones, and all processes on one store, share what is kept.
///
/// Requests are the same if a model cannot tell them apart: what a request is for
/// ([`ChatRequest::label`]), who asks ([`ChatRequest::thread`]) and the ids of messages do not
/// matter; all else does, and so does the name of the model that is asked.
///
/// A kept reply has no tokens and costs 0, for its provider was not asked; it has no
/// [`ChatReply::request_id`]. Replies that were cut off, filtered or refused are not kept. A
/// store that fails, or holds something else, is gone without: there is a warning, and the
/// model is asked.
///
/// Of the same requests at once in one process, one asks and the others wait for its reply; if
/// it gets none that is kept, the next one asks.
/// Streams do not wait for each other: who reads one slowly would hold up the others. Neither
/// do processes.
///
/// ```
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use agentflow_core::store::{MemoryStore, StorePath};
/// use agentflow_llm::{Cache, ChatModel, ChatRequest, ScriptedModel};
///
/// let store = Arc::new(MemoryStore::new());
/// let path = StorePath::new(["replies"])?;
/// let model = ScriptedModel::replies(["It is sunny."]);
/// let model = Cache::new(model, store, path, Duration::from_secs(3600));
/// for label in ["first", "second"] {
///     let request = ChatRequest::user("How is the weather?").label(label);
///     assert_eq!(model.complete(request).await?.text(), "It is sunny.");
/// }
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Cache<M> {
    inner: M,
    kept: Kept,
    flights: Flights,
}

impl<M> Cache<M> {
    /// Keeps replies at this path of the store, each for `ttl` after it came; nothing if that
    /// is zero.
    pub fn new(inner: M, store: Arc<dyn Store>, path: StorePath, ttl: Duration) -> Self {
        Self {
            inner,
            kept: Kept { store, path, ttl },
            flights: Flights::default(),
        }
    }
}

impl<M: ChatModel> Cache<M> {
    /// `None` for a request that has no key, which is only asked.
    fn key(&self, request: &ChatRequest) -> Option<String> {
        let key = key_of(request, self.inner.name());
        let warn = |error: &serde_json::Error| {
            tracing::warn!(%error, "a request cannot be looked up; the model is asked");
        };
        key.inspect_err(warn).ok()
    }
}

#[async_trait]
impl<M: ChatModel> ChatModel for Cache<M> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// # Cancel safety
    /// As the model inside; who waits for the same request asks in its place.
    async fn complete(&self, request: ChatRequest) -> Result<ChatReply, ModelError> {
        let Some(key) = self.key(&request) else {
            return self.inner.complete(request).await;
        };
        let _turn = self.flights.turn(&key).await;
        if let Some(reply) = self.kept.find(&key).await {
            return Ok(reply);
        }
        let reply = self.inner.complete(request).await?;
        self.kept.keep(&key, &reply).await;
        Ok(reply)
    }

    /// A kept reply comes in one piece, another as the model writes it; it is kept when it has
    /// ended.
    async fn stream(&self, request: ChatRequest) -> Result<ReplyStream, ModelError> {
        let Some(key) = self.key(&request) else {
            return self.inner.stream(request).await;
        };
        if let Some(reply) = self.kept.find(&key).await {
            return Ok(ReplyStream::of(reply));
        }
        let reply = self.inner.stream(request).await?;
        let kept = self.kept.clone();
        let events = stream::unfold((reply, kept, key), |(mut reply, kept, key)| async move {
            let event = reply.next().await?;
            if let Ok(ReplyEvent::Done { reply }) = &event {
                kept.keep(&key, reply).await;
            }
            Some((event, (reply, kept, key)))
        });
        Ok(ReplyStream::new(events))
    }
}
