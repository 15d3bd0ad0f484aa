//! A backend that does the least there is.

use std::error::Error;
use std::time::Duration;

use agentflow_core::checkpoint::{
    Capabilities, Capability, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery,
    Event, EventId, HistoryPage, Lease, LeaseGrant, LeaseRequest, MemoryCheckpointer,
    RecordsRequest, Stored, Wake,
};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};
use async_trait::async_trait;

/// Memory without any capability.
#[derive(Debug, Default)]
pub(crate) struct Least(MemoryCheckpointer);

#[async_trait]
impl Checkpointer for Least {
    fn backend(&self) -> &'static str {
        "least"
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities::NONE
    }
    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        self.0.commit(request).await
    }
    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        self.0.save_records(request).await
    }
    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        self.0.load(thread, namespace, id).await
    }
    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        self.0.history(page).await
    }
    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        self.0.delete_thread(thread).await
    }
    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        self.0.acquire_lease(request).await
    }
    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        self.0.renew_lease(lease, now, ttl).await
    }
    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        self.0.release_lease(lease).await
    }
    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        self.0.deliver(delivery).await
    }
    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        self.0.events(thread).await
    }
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        self.0.due(now, limit).await
    }
    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        self.0.snooze(thread, wake).await
    }
}

#[tokio::test]
async fn what_a_backend_cannot_do_is_said_with_where_to_find_one_that_can() {
    let refused = Least::default()
        .prune(&"t".into(), 1.into())
        .await
        .unwrap_err();
    let want = "least has not the capability `prune`; use a backend that has it, of which docs/guide/backends.md has a list";
    assert_eq!(refused.to_string(), want);
    assert!(!refused.is_retryable() && refused.source().is_none());
    let CheckpointError::Unsupported { capability, .. } = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(capability, Capability::Prune);
}
