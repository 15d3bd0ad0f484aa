//! A shared checkpointer is a checkpointer.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::capability::Capabilities;
use super::checkpointer::Checkpointer;
use super::error::CheckpointError;
use super::event::{Delivery, Event, EventId};
use super::lease::{Lease, LeaseGrant, LeaseRequest};
use super::log::{LogAppend, LogPage, LogPosition, LogSlice};
use super::record::Checkpoint;
use super::request::{CommitRequest, HistoryPage, RecordsRequest, Stored, Wake};
use super::retention::Prune;
use crate::clock::Timestamp;
use crate::id::{CheckpointId, Namespace, ThreadId};

#[async_trait]
impl<C: Checkpointer + ?Sized> Checkpointer for Arc<C> {
    fn backend(&self) -> &'static str {
        (**self).backend()
    }
    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }
    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        (**self).commit(request).await
    }
    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        (**self).save_records(request).await
    }
    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        (**self).load(thread, namespace, id).await
    }
    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        (**self).history(page).await
    }
    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        (**self).delete_thread(thread).await
    }
    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        (**self).acquire_lease(request).await
    }
    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        (**self).renew_lease(lease, now, ttl).await
    }
    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        (**self).release_lease(lease).await
    }
    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        (**self).deliver(delivery).await
    }
    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        (**self).events(thread).await
    }
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        (**self).due(now, limit).await
    }
    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        (**self).snooze(thread, wake).await
    }
    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        (**self).copy_thread(from, to).await
    }
    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        (**self).prune(thread, what).await
    }
    async fn append_log(&self, append: LogAppend) -> Result<LogPosition, CheckpointError> {
        (**self).append_log(append).await
    }
    async fn read_log(&self, page: LogPage) -> Result<LogSlice, CheckpointError> {
        (**self).read_log(page).await
    }
}
