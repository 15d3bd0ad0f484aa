//! The least a backend does. Conveniences live on `Thread`.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::capability::{Capabilities, Capability};
use super::error::CheckpointError;
use super::event::{Delivery, Event, EventId};
use super::lease::{Lease, LeaseGrant, LeaseRequest};
use super::log::{LogAppend, LogPage, LogPosition, LogSlice};
use super::record::Checkpoint;
use super::request::{CommitRequest, HistoryPage, RecordsRequest, Stored, Wake};
use super::retention::Prune;
use crate::clock::Timestamp;
use crate::id::{CheckpointId, Namespace, ThreadId};

/// A durable store of checkpoints.
///
/// The contract for implementors, each point held by the conformance suite in
/// `agentflow-testkit`:
/// - [`Checkpointer::commit`] is atomic: checkpoint, field values, the new head, the
///   parent's records and the events taken are all there or none is, and are durable
///   when it returns.
/// - A write whose fence is not the epoch in force is refused in the same
///   transaction; so is a commit whose expected head is not the head, whose id is not
///   above it, or whose parent is not there.
/// - A record of a kind whose first wins stays, others are replaced, whether they come
///   with [`Checkpointer::save_records`] or with a commit.
/// - A thread has one wake-up at most. A commit in its root namespace clears it.
/// - Events come in the order of their ids, which grow and are never given twice.
/// - What is not in [`Checkpointer::capabilities`] is refused as `Unsupported` and changes
///   nothing; what is in it is done. The methods for it have bodies that refuse.
/// - The stream log has no hole: its positions grow by one and are never given twice, and
///   only its oldest entries are forgotten.
/// - All calls are cancel safe: a dropped call happens wholly or not at all. It may
///   happen a moment after it was dropped.
#[async_trait]
pub trait Checkpointer: Debug + Send + Sync {
    /// The backend's name, for errors and traces.
    fn backend(&self) -> &'static str;

    /// What the backend can do beyond the least. A wrapper has what it can pass on.
    ///
    /// Always the same set for one backend, whoever asks and when.
    fn capabilities(&self) -> Capabilities;

    /// Makes one checkpoint the head of its thread and namespace.
    ///
    /// # Errors
    /// `Fenced` or `Conflict` if another writer was there, `Conflict` also if the parent
    /// is not, `NoParent` if there are records and it has none, `TooMuch` for more
    /// metadata than is kept; then nothing changed.
    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError>;

    /// Adds records of tasks to a checkpoint that is there, and sets the thread's
    /// wake-up as asked.
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

    /// Checkpoints without values, newest first, of all branches.
    ///
    /// # Errors
    /// If the backend fails. An unknown thread is an empty page.
    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError>;

    /// Deletes all of a thread, its events, its wake-up and the entries of its stream log
    /// too. An unknown thread is no error. A lease that is held stays, so that a run can begin again; what it wrote
    /// late has nowhere to go.
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

    /// Tells a thread that something happened, and wakes it at `now` unless it wakes
    /// earlier already. Needs no lease; a thread that never ran keeps the event until
    /// it does. What was delivered under the same key before changes nothing and is
    /// answered with the first one's id.
    ///
    /// # Errors
    /// `TooMuch` if the event is too large or too many wait; then nothing changed.
    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError>;

    /// The events that no commit has taken, oldest first.
    ///
    /// # Errors
    /// If the backend fails. An unknown thread has none.
    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError>;

    /// Threads whose wake-up is at or before `now`, the earliest first and by name
    /// where they are equal, at most `limit`.
    ///
    /// # Errors
    /// If the backend fails.
    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError>;

    /// Sets a thread's wake-up from outside of a run. Needs no lease. A thread with
    /// neither checkpoints nor events has nothing to wake for: it is no error, and
    /// nothing changes.
    ///
    /// # Errors
    /// If the backend fails.
    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError>;

    /// Makes `to` a copy of `from`: its graphs, checkpoints with their ids, values,
    /// records, events with their ids and keys, and wake-up; not its lease, and not the
    /// entries of its stream log: `to` has none then, and its positions go on. Needs no
    /// lease. From then on the two are written independently. Needs
    /// [`Capability::CopyThread`].
    ///
    /// # Errors
    /// `NoSuchThread` if `from` has neither checkpoints nor events, `Conflict` if `to`
    /// has checkpoints, `NotNew` if it has events; then nothing changed.
    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        let _ = (from, to);
        Err(unsupported(self.backend(), Capability::CopyThread))
    }

    /// Forgets checkpoints that `what` means, as [`Retention`](super::Retention) says.
    /// The newest of each graph stays, and what stays has its records and every value
    /// it refers to. Returns how many checkpoints went. Needs no lease: a running
    /// writer does not notice. An unknown thread has nothing to forget. Needs
    /// [`Capability::Prune`].
    ///
    /// # Errors
    /// If the backend fails; then all is still there.
    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        let _ = (thread, what);
        Err(unsupported(self.backend(), Capability::Prune))
    }

    /// Adds entries to the thread's stream log, and forgets all but the newest
    /// [`keep`](LogAppend::keep). Returns the position of the last one. Needs
    /// [`Capability::StreamLog`].
    ///
    /// It is atomic, as durable as a commit of the same backend, and no part of one: events
    /// are emitted while nodes run, so that an entry may be there whose superstep never is.
    /// A reader finds out by a snapshot of the thread. Entries of one writer come in the
    /// order of its calls if it waits for each before the next.
    ///
    /// # Errors
    /// `TooMuch` for more than is kept, `Fenced` if another writer took over; then nothing
    /// changed.
    async fn append_log(&self, append: LogAppend) -> Result<LogPosition, CheckpointError> {
        let _ = append;
        Err(unsupported(self.backend(), Capability::StreamLog))
    }

    /// Entries of the thread's stream log after a position, oldest first, and where the log
    /// begins and ends. Needs no lease. Needs [`Capability::StreamLog`].
    ///
    /// # Errors
    /// If the backend fails. An unknown thread has no entries.
    async fn read_log(&self, page: LogPage) -> Result<LogSlice, CheckpointError> {
        let _ = page;
        Err(unsupported(self.backend(), Capability::StreamLog))
    }
}

fn unsupported(backend: &'static str, capability: Capability) -> CheckpointError {
    CheckpointError::Unsupported {
        backend,
        capability,
    }
}
