//! What one run may use, and how durable it is.

use std::time::Duration;

/// What one run of a thread may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// When a superstep counts as done; [`Durability::Sync`] by default.
    pub durability: Durability,
    /// Supersteps of one run at most, START's included; 10,000 by default. A graph
    /// of `k` nodes in a row needs `k + 1`.
    pub step_limit: u64,
    /// Tasks that run at the same time at most; 256 by default.
    pub max_concurrency: usize,
    /// How long a lease lasts without renewal; 30 s by default. A run renews it
    /// three times as often, so one slow renewal costs nothing; a crashed run of
    /// another machine blocks the thread at most this long.
    pub lease_ttl: Duration,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Sync,
            step_limit: 10_000,
            max_concurrency: 256,
            lease_ttl: Duration::from_secs(30),
        }
    }
}

/// When a superstep counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Durability {
    /// The next superstep starts after the store acknowledged the last one. A
    /// power cut costs the tasks that were running, and nothing that finished.
    #[default]
    Sync,
    /// Supersteps are stored in order in the background, at most 64 behind; all of
    /// them are when the run returns, and watchers see each after it is stored. A
    /// power cut costs the last few supersteps and what finished on top of them,
    /// which run again.
    Async,
    /// The state is stored once, when the run ends, pauses or fails, and before an
    /// effect of [`crate::NodeContext::once`] or a graph inside begins. Watchers see
    /// supersteps that are not stored. A power cut costs the whole run.
    Exit,
}
