//! The store as a run sees it: every call is a request that travels, is done some time,
//! and an answer that travels back.

use std::time::Duration;

use agentflow_core::checkpoint::{
    Capabilities, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery, Event,
    EventId, HistoryPage, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition,
    LogSlice, Prune, RecordsRequest, Stored, Wake,
};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};
use async_trait::async_trait;

use super::network::Request;
use super::world::World;

/// The backend's name in errors.
pub(super) const BACKEND: &str = "simulated";

/// The store of a simulated world.
#[derive(Clone, Debug)]
pub(super) struct SimStore(pub(super) World);

#[async_trait]
impl Checkpointer for SimStore {
    fn backend(&self) -> &'static str {
        BACKEND
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        self.0.call(Request::Commit(request)).await.done()
    }

    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        self.0.call(Request::Save(request)).await.done()
    }

    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        let (thread, namespace) = (thread.clone(), namespace.clone());
        let request = Request::Load {
            thread,
            namespace,
            id,
        };
        self.0.call(request).await.loaded()
    }

    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        self.0.call(Request::History(page)).await.listed()
    }

    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        self.0.call(Request::Delete(thread.clone())).await.done()
    }

    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        self.0.call(Request::Acquire(request)).await.granted()
    }

    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        let lease = lease.clone();
        self.0.call(Request::Renew { lease, now, ttl }).await.done()
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        self.0.call(Request::Release(lease.clone())).await.done()
    }

    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        self.0.call(Request::Deliver(delivery)).await.delivered()
    }

    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        self.0.call(Request::Events(thread.clone())).await.told()
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        self.0.call(Request::Due(now, limit)).await.woken()
    }

    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        self.0
            .call(Request::Snooze(thread.clone(), wake))
            .await
            .done()
    }

    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        let request = Request::Copy(from.clone(), to.clone());
        self.0.call(request).await.done()
    }

    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        self.0
            .call(Request::Prune(thread.clone(), what))
            .await
            .pruned()
    }

    async fn append_log(&self, append: LogAppend) -> Result<LogPosition, CheckpointError> {
        self.0.call(Request::AppendLog(append)).await.logged()
    }

    async fn read_log(&self, page: LogPage) -> Result<LogSlice, CheckpointError> {
        self.0.call(Request::ReadLog(page)).await.sliced()
    }
}
