//! A store that fails when it is told to.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use agentflow_core::store::{MemoryStore, Store, StoreError, StoreOp, StoreReply};
use async_trait::async_trait;

/// A memory store, of which reads, writes or both can be made to fail.
#[derive(Debug, Default)]
pub(crate) struct Flaky {
    pub(crate) inner: MemoryStore,
    failing: AtomicU8,
    calls: AtomicUsize,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Failing {
    Nothing,
    Reads,
    Writes,
    All,
}

impl Flaky {
    pub(crate) fn fail(&self, failing: Failing) {
        self.failing.store(failing as u8, Ordering::Relaxed);
    }

    fn is_failing(&self, ops: &[StoreOp]) -> bool {
        let is_write = |op: &StoreOp| matches!(op, StoreOp::Put(_) | StoreOp::Delete(_));
        let writes = ops.iter().any(is_write);
        let failing = self.failing.load(Ordering::Relaxed);
        let fails = |what: Failing| failing == what as u8;
        fails(Failing::All)
            || fails(if writes {
                Failing::Writes
            } else {
                Failing::Reads
            })
    }
}

#[async_trait]
impl Store for Flaky {
    fn backend(&self) -> &'static str {
        "flaky"
    }

    async fn batch(&self, ops: Vec<StoreOp>) -> Result<Vec<StoreReply>, StoreError> {
        if self.is_failing(&ops) {
            return Err(StoreError::Unavailable {
                backend: "flaky",
                source: "told to fail".into(),
            });
        }
        // Others get their turn, as they do while a database answers; who came first may be
        // done last.
        for _ in 0..9 - self.calls.fetch_add(4, Ordering::Relaxed) % 9 {
            tokio::task::yield_now().await;
        }
        self.inner.batch(ops).await
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        self.inner.sweep().await
    }
}
