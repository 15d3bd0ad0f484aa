//! A cache in memory, with a limit.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::store::{Cache, CacheKey};
use crate::BoxError;
use crate::clock::Timestamp;

/// Replies that a [`MemoryCache`] keeps unless told otherwise.
const REPLIES_MAX: usize = 10_000;

/// Keeps replies until it is dropped or full; then the oldest go first.
#[derive(Debug)]
pub struct MemoryCache {
    replies_max: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    replies: BTreeMap<CacheKey, Reply>,
    /// The keys by the numbers of their replies, which are in the order in which they
    /// came.
    order: BTreeMap<u64, CacheKey>,
    newest: u64,
}

#[derive(Debug)]
struct Reply {
    number: u64,
    encoded: Vec<u8>,
    expires_at: Option<Timestamp>,
}

impl Kept {
    fn remove(&mut self, key: &CacheKey) {
        if let Some(reply) = self.replies.remove(key) {
            self.order.remove(&reply.number);
        }
    }
}

impl Default for MemoryCache {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryCache {
    /// An empty cache of at most 10,000 replies.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(REPLIES_MAX)
    }

    /// An empty cache of at most so many replies.
    #[must_use]
    pub fn with_limit(replies_max: usize) -> Self {
        Self {
            replies_max,
            kept: Mutex::default(),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get(&self, key: &CacheKey, now: Timestamp) -> Result<Option<Vec<u8>>, BoxError> {
        let mut kept = self.kept();
        let Some(reply) = kept.replies.get(key) else {
            return Ok(None);
        };
        if reply.expires_at.is_some_and(|expires_at| expires_at <= now) {
            kept.remove(key);
            return Ok(None);
        }
        Ok(Some(reply.encoded.clone()))
    }

    async fn put(
        &self,
        key: CacheKey,
        reply: Vec<u8>,
        expires_at: Option<Timestamp>,
    ) -> Result<(), BoxError> {
        let mut kept = self.kept();
        kept.remove(&key);
        kept.newest += 1;
        let number = kept.newest;
        kept.order.insert(number, key.clone());
        let reply = Reply {
            number,
            encoded: reply,
            expires_at,
        };
        kept.replies.insert(key, reply);
        while kept.replies.len() > self.replies_max
            && let Some((_, oldest)) = kept.order.pop_first()
        {
            kept.replies.remove(&oldest);
        }
        Ok(())
    }

    async fn clear(&self, node: &str) -> Result<(), BoxError> {
        let mut kept = self.kept();
        kept.replies.retain(|key, _| key.node != node);
        kept.order.retain(|_, key| key.node != node);
        Ok(())
    }
}
