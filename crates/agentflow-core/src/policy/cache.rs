//! How long a node's reply may stand for running it.

use std::time::Duration;

/// How long a node's reply may stand for running it again on an equal input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CachePolicy {
    /// For how long; `None`, the default, for as long as the cache keeps it.
    pub ttl: Option<Duration>,
}

impl CachePolicy {
    /// For so long.
    #[must_use]
    pub fn ttl(ttl: Duration) -> Self {
        Self { ttl: Some(ttl) }
    }
}
