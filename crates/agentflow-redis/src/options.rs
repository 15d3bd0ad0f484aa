//! How a Redis is used.

use std::time::Duration;

use agentflow_core::checkpoint::LeaseClock;

/// How a Redis is used. [`RedisOptions::default`] keeps threads for ever.
///
/// A [`RedisStore`](crate::RedisStore) takes the prefix and the timeout of it; how long items
/// are kept, and by whose clock, is in its
/// [`StoreOptions`](agentflow_core::store::StoreOptions).
#[derive(Clone, Debug)]
pub struct RedisOptions {
    /// What every key begins with, `agentflow` by default: letters, digits and `-_.:/`.
    ///
    /// Two checkpointers of different prefixes share nothing, nor do two stores; a
    /// checkpointer and a store may have the same prefix.
    pub prefix: String,
    /// How long a call waits for its answer, and a connection for the server, 5 s by default.
    ///
    /// A script of this crate takes well under a millisecond, except where it copies or
    /// prunes a large thread; a longer wait means that the server is stuck, and the call
    /// fails with [`RedisError::TimedOut`](crate::RedisError::TimedOut).
    pub response_timeout: Duration,
    /// How long a thread is kept after its last write; for ever by default.
    ///
    /// A thread that waits for a moment is kept until that long after it, and one that
    /// somebody holds until that long after the lease's end. One that waits for a person is
    /// forgotten: choose more than anybody's holidays. All of a thread expires together,
    /// and its epochs still never go back: those of a thread that was forgotten begin at the
    /// server's clock. All who use a prefix should say the same; the last write counts.
    /// Less than a millisecond counts as one.
    pub ttl: Option<Duration>,
    /// Whose clock says when a lease runs out, the server's by default.
    pub lease_clock: LeaseClock,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            prefix: "agentflow".to_owned(),
            response_timeout: Duration::from_secs(5),
            ttl: None,
            lease_clock: LeaseClock::Store,
        }
    }
}
