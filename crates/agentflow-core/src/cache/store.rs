//! The least a cache does.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::BoxError;
use crate::clock::Timestamp;

/// Where a node's reply is kept: under the node, by a digest of its input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CacheKey {
    /// The node's name.
    pub node: String,
    /// A digest of its input.
    pub input: String,
}

/// Keeps replies of nodes. A cache that fails is reported and gone without.
#[async_trait]
pub trait Cache: Debug + Send + Sync {
    /// What was kept under the key, unless it has expired by `now`.
    ///
    /// # Errors
    /// If the cache fails.
    async fn get(&self, key: &CacheKey, now: Timestamp) -> Result<Option<Vec<u8>>, BoxError>;

    /// Keeps `reply`, until `expires_at` at the longest. The last one wins.
    ///
    /// # Errors
    /// If the cache fails.
    async fn put(
        &self,
        key: CacheKey,
        reply: Vec<u8>,
        expires_at: Option<Timestamp>,
    ) -> Result<(), BoxError>;

    /// Forgets what is kept for a node.
    ///
    /// # Errors
    /// If the cache fails.
    async fn clear(&self, node: &str) -> Result<(), BoxError>;
}
