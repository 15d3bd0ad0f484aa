//! A checkpointer that counts what goes through it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use agentflow_core::checkpoint::{
    Capabilities, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery, Event,
    EventId, HistoryPage, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition,
    LogSlice, Prune, RecordsRequest, Stored, Wake,
};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};
use async_trait::async_trait;

/// A store with two counters.
#[derive(Debug)]
pub(crate) struct Counted<C> {
    store: C,
    counts: Arc<Counts>,
}

/// Checkpoints, and the bytes of field values and records in them.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) checkpoints: AtomicU64,
    pub(crate) bytes: AtomicU64,
}

impl<C> Counted<C> {
    pub(crate) fn new(store: C) -> (Self, Arc<Counts>) {
        let counts = Arc::<Counts>::default();
        (
            Self {
                store,
                counts: Arc::clone(&counts),
            },
            counts,
        )
    }
}

#[async_trait]
impl<C: Checkpointer> Checkpointer for Counted<C> {
    fn backend(&self) -> &'static str {
        self.store.backend()
    }
    fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }
    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        let values = request.changed.iter().map(|(_, value)| value.len());
        let records = request.records.iter().map(|record| record.value.len());
        let bytes: usize = values.chain(records).sum();
        self.counts.checkpoints.fetch_add(1, Ordering::Relaxed);
        self.counts.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.store.commit(request).await
    }
    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        let bytes: usize = request
            .records
            .iter()
            .map(|record| record.value.len())
            .sum();
        self.counts.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.store.save_records(request).await
    }
    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        self.store.load(thread, namespace, id).await
    }
    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        self.store.history(page).await
    }
    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        self.store.delete_thread(thread).await
    }
    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        self.store.acquire_lease(request).await
    }
    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        self.store.renew_lease(lease, now, ttl).await
    }
    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        self.store.release_lease(lease).await
    }
    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        self.store.deliver(delivery).await
    }
    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        self.store.events(thread).await
    }
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        self.store.due(now, limit).await
    }
    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        self.store.snooze(thread, wake).await
    }
    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        self.store.copy_thread(from, to).await
    }
    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        self.store.prune(thread, what).await
    }
    async fn append_log(&self, append: LogAppend) -> Result<LogPosition, CheckpointError> {
        self.store.append_log(append).await
    }
    async fn read_log(&self, page: LogPage) -> Result<LogSlice, CheckpointError> {
        self.store.read_log(page).await
    }
}
