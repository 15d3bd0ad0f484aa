//! A memory store whose commits take a second and are noted.

use std::time::Duration;

use agentflow_core::checkpoint::{
    Capabilities, Capability, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery,
    Event, EventId, HistoryPage, Lease, LeaseGrant, LeaseRequest, MemoryCheckpointer, Prune,
    RecordsRequest, Stored, Wake,
};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};
use async_trait::async_trait;

use crate::support::Diary;

#[derive(Debug)]
pub(crate) struct Slow {
    memory: MemoryCheckpointer,
    diary: Diary,
}

impl Slow {
    pub(crate) fn noting(diary: &Diary) -> Self {
        Self {
            memory: MemoryCheckpointer::new(),
            diary: diary.clone(),
        }
    }
}

#[async_trait]
impl Checkpointer for Slow {
    fn backend(&self) -> &'static str {
        "slow"
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL.without(Capability::StreamLog)
    }
    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        self.diary.note("commit begins");
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.memory.commit(request).await?;
        self.diary.note("commit ends");
        Ok(())
    }
    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        self.memory.save_records(request).await
    }
    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        self.memory.load(thread, namespace, id).await
    }
    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        self.memory.history(page).await
    }
    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        self.memory.delete_thread(thread).await
    }
    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        self.memory.acquire_lease(request).await
    }
    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        self.memory.renew_lease(lease, now, ttl).await
    }
    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        self.memory.release_lease(lease).await
    }
    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        self.memory.deliver(delivery).await
    }
    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        self.memory.events(thread).await
    }
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        self.memory.due(now, limit).await
    }
    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        self.memory.snooze(thread, wake).await
    }
    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        self.memory.copy_thread(from, to).await
    }
    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        self.memory.prune(thread, what).await
    }
}
