//! How much a memory checkpointer keeps.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;

/// How much a [`MemoryCheckpointer`](super::MemoryCheckpointer) keeps, and for how long.
///
/// What is beyond it is forgotten thread by thread, as if it had been deleted: the one
/// that was used least lately first, whether it is done, sleeps or waits for an answer. A
/// thread whose lease is held is never forgotten; where only such threads are left, a
/// write for which there is no room is refused, and changes nothing.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// use agentflow_core::SystemClock;
/// use agentflow_core::checkpoint::{MemoryCheckpointer, MemoryLimits};
///
/// let limits = MemoryLimits::new(Arc::new(SystemClock))
///     .bytes_max(64 << 20)
///     .idle_max(Duration::from_secs(3_600));
/// let store = MemoryCheckpointer::with_limits(limits);
/// assert_eq!(store.usage().threads, 0);
/// ```
#[derive(Clone, Debug)]
pub struct MemoryLimits {
    pub(super) bytes_max: usize,
    pub(super) idle_max: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

impl MemoryLimits {
    /// No limits yet; `clock` tells how long a thread was left alone.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            bytes_max: usize::MAX,
            idle_max: Duration::MAX,
            clock,
        }
    }

    /// Keeps at most so many bytes, as [`MemoryUsage::bytes`] counts them.
    #[must_use]
    pub fn bytes_max(self, bytes_max: usize) -> Self {
        Self { bytes_max, ..self }
    }

    /// Forgets a thread which no call has been about for so long.
    #[must_use]
    pub fn idle_max(self, idle_max: Duration) -> Self {
        Self { idle_max, ..self }
    }
}

/// What a [`MemoryCheckpointer`](super::MemoryCheckpointer) has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUsage {
    /// Threads, with those that only had a lease.
    pub threads: usize,
    /// Bytes of all that is encoded, and of the entries that hold it. What the allocator
    /// adds is not in it.
    pub bytes: usize,
    /// Threads that were forgotten to keep the limits.
    pub forgotten: u64,
}
