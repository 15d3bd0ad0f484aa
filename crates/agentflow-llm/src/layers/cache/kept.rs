//! Replies in a store. A store that fails is gone without.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::store::{Get, Index, Put, Refresh, Store, StoreExt, StorePath, Ttl};

use crate::{ChatReply, FinishReason, Usage};

/// Where replies are kept, and for how long.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) store: Arc<dyn Store>,
    pub(super) path: StorePath,
    pub(super) ttl: Duration,
}

impl Kept {
    /// The reply of this key, which costs nothing now.
    pub(super) async fn find(&self, key: &str) -> Option<ChatReply> {
        let get = Get::new(&self.path, key).refresh(Refresh::No);
        let found = self.store.get_with(get).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "kept replies cannot be read; the model is asked");
            None
        });
        let mut reply: ChatReply = match found?.decode() {
            Ok(reply) => reply,
            Err(error) => {
                tracing::warn!(%error, "a kept reply cannot be read; the model is asked");
                return None;
            }
        };
        tracing::debug!(model = %reply.model, key, "a reply is taken from the cache");
        reply.usage = Usage {
            cost_micro_usd: Some(0),
            ..Usage::default()
        };
        // It names the exchange in which the provider charged for it.
        reply.request_id = None;
        Some(reply)
    }

    /// Keeps a reply, if it may stand for another.
    pub(super) async fn keep(&self, key: &str, reply: &ChatReply) {
        if !is_whole(reply) || self.ttl.is_zero() {
            return;
        }
        let value = match serde_json::to_value(reply) {
            Ok(value) => value,
            Err(error) => {
                tracing::warn!(%error, "a reply cannot be kept");
                return;
            }
        };
        let put = Put::new(&self.path, key, value);
        let put = put.ttl(Ttl::For(self.ttl)).index(Index::No);
        if let Err(error) = self.store.put_with(put).await {
            tracing::warn!(%error, "a reply cannot be kept");
        }
    }
}

/// Whether a model said all it had to say. What was cut off, filtered or refused may come out
/// better the next time.
fn is_whole(reply: &ChatReply) -> bool {
    matches!(reply.finish, FinishReason::Stop | FinishReason::ToolCalls)
}
