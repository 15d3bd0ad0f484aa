//! The least a backend does. Conveniences live on `Thread`.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::error::CheckpointError;
use super::lease::{Fence, Lease, LeaseGrant, LeaseRequest};
use super::record::{Checkpoint, CheckpointKey, Record};
use crate::clock::Timestamp;
use crate::id::{CheckpointId, Namespace, ThreadId};

/// A durable store of checkpoints.
///
/// The contract for implementors, each point held by the conformance suite in
/// `agentflow-testkit`:
/// - [`Checkpointer::commit`] is atomic: checkpoint, field values and the new head
///   are all there or none is, and are durable when it returns.
/// - A write whose fence is not the epoch in force is refused in the same
///   transaction; so is a commit whose expected head is not the head.
/// - [`Checkpointer::save_records`] keeps the first record of a kind whose first
///   wins, replaces the others, and is durable when it returns.
/// - All calls are cancel safe: a dropped call happened wholly or not at all.
#[async_trait]
pub trait Checkpointer: Debug + Send + Sync {
    /// The backend's name, for errors and traces.
    fn backend(&self) -> &'static str;

    /// Makes one checkpoint the head of its thread and namespace.
    ///
    /// # Errors
    /// `Fenced` or `Conflict` if another writer was there; then nothing changed.
    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError>;

    /// Adds records of tasks to a checkpoint that is there.
    ///
    /// # Errors
    /// `Fenced` if another writer took over, `Conflict` if the checkpoint is not there;
    /// then nothing changed.
    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError>;

    /// A checkpoint with its values and records: the head, or the one with this id.
    ///
    /// # Errors
    /// If the backend fails. A checkpoint that is not there is `None`.
    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError>;

    /// Checkpoints without values, newest first.
    ///
    /// # Errors
    /// If the backend fails. An unknown thread is an empty page.
    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError>;

    /// Deletes all of a thread. An unknown thread is no error. A lease that is held
    /// stays, so that a run can begin again; what it wrote late has nowhere to go.
    ///
    /// # Errors
    /// If the backend fails; then all of the thread is still there.
    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError>;

    /// Asks for the right to advance a thread. A grant has a higher epoch than
    /// any grant before it, also after a delete.
    ///
    /// # Errors
    /// If the backend fails. A lease that is held is not an error but an answer.
    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError>;

    /// Keeps a lease for `ttl` from `now`.
    ///
    /// # Errors
    /// `Fenced` if it was taken over.
    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError>;

    /// Gives a lease back. One that was taken over meanwhile is left alone.
    ///
    /// # Errors
    /// If the backend fails; the lease then expires by itself.
    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError>;
}

/// One superstep to be made durable.
#[derive(Clone, Debug)]
pub struct CommitRequest {
    /// The writer's right.
    pub fence: Fence,
    /// The graph in the thread's tree of graphs.
    pub namespace: Namespace,
    /// The head it must build on.
    pub expected_head: Option<CheckpointId>,
    /// What to make the head. Its id is above the expected head's.
    pub checkpoint: Checkpoint,
    /// The values of the fields that changed, by name.
    pub changed: Vec<(String, Vec<u8>)>,
}

/// Records to be made durable.
#[derive(Clone, Debug)]
pub struct RecordsRequest {
    /// The writer's right.
    pub fence: Fence,
    /// The checkpoint whose unfinished superstep they belong to.
    pub checkpoint: CheckpointKey,
    /// The records, in order.
    pub records: Vec<Record>,
}

/// Which checkpoints to list.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// Of this thread.
    pub thread: ThreadId,
    /// Of this graph.
    pub namespace: Namespace,
    /// Only those older than this one.
    pub before: Option<CheckpointId>,
    /// At most so many.
    pub limit: u32,
}

/// A checkpoint as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The value of every field that was ever written, by name.
    pub values: Vec<(String, Vec<u8>)>,
    /// What tasks of the superstep after it have left, in the order of task, kind and key.
    pub records: Vec<Record>,
}

#[async_trait]
impl<C: Checkpointer + ?Sized> Checkpointer for Arc<C> {
    fn backend(&self) -> &'static str {
        (**self).backend()
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
}
