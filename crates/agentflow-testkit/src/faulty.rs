//! A checkpointer that fails when it is told to, before or after the call took
//! effect: the second is what a lost connection looks like. It decides nothing
//! at random; a test names the call that fails.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use agentflow_core::checkpoint::{
    Capabilities, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery, Event,
    EventId, HistoryPage, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition,
    LogSlice, Prune, RecordsRequest, Stored, Wake,
};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};
use async_trait::async_trait;

/// The calls of a [`Checkpointer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Call {
    /// [`Checkpointer::commit`].
    Commit,
    /// [`Checkpointer::save_records`].
    SaveRecords,
    /// [`Checkpointer::load`].
    Load,
    /// [`Checkpointer::history`].
    History,
    /// [`Checkpointer::delete_thread`].
    DeleteThread,
    /// [`Checkpointer::acquire_lease`].
    AcquireLease,
    /// [`Checkpointer::renew_lease`].
    RenewLease,
    /// [`Checkpointer::release_lease`].
    ReleaseLease,
    /// [`Checkpointer::deliver`].
    Deliver,
    /// [`Checkpointer::events`].
    Events,
    /// [`Checkpointer::due`].
    Due,
    /// [`Checkpointer::snooze`].
    Snooze,
    /// [`Checkpointer::copy_thread`].
    CopyThread,
    /// [`Checkpointer::prune`].
    Prune,
    /// [`Checkpointer::append_log`].
    AppendLog,
    /// [`Checkpointer::read_log`].
    ReadLog,
}

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The call fails and has done nothing.
    Before,
    /// The call did all it was asked, and its answer was lost.
    After,
}

/// The source of the error that a planned fault returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a test made call {number} of {call:?} fail {when:?} it took effect")]
pub struct InjectedFault {
    /// Which call.
    pub call: Call,
    /// The how-manieth of its kind, from 1.
    pub number: usize,
    /// On which side of the effect.
    pub when: When,
}

/// Wraps a checkpointer and fails the calls that [`FaultyCheckpointer::fail`] named,
/// with [`CheckpointError::Unavailable`].
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use agentflow_core::checkpoint::{Checkpointer, MemoryCheckpointer};
/// use agentflow_testkit::{Call, FaultyCheckpointer, When};
///
/// let store = FaultyCheckpointer::new(MemoryCheckpointer::new());
/// store.fail(Call::DeleteThread, 2, When::Before);
/// assert!(store.delete_thread(&"t".into()).await.is_ok());
/// assert!(store.delete_thread(&"t".into()).await.unwrap_err().is_retryable());
/// assert!(store.delete_thread(&"t".into()).await.is_ok());
/// # }
/// ```
#[derive(Debug)]
pub struct FaultyCheckpointer<C> {
    inner: C,
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    seen: BTreeMap<Call, usize>,
    faults: BTreeMap<(Call, usize), When>,
}

impl<C: Checkpointer> FaultyCheckpointer<C> {
    /// `inner` as it is, until a fault is planned.
    #[must_use]
    pub fn new(inner: C) -> Self {
        Self {
            inner,
            plan: Mutex::default(),
        }
    }

    /// The checkpointer inside, which never fails on demand.
    #[must_use]
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// Makes the `number`-th call of this kind fail, counted from 1 since the
    /// wrapper was made.
    pub fn fail(&self, call: Call, number: usize, when: When) {
        self.plan().faults.insert((call, number), when);
    }

    /// Makes the next call of this kind fail.
    pub fn fail_next(&self, call: Call, when: When) {
        let number = self.calls(call) + 1;
        self.fail(call, number, when);
    }

    /// How many calls of this kind were made, failed ones too.
    #[must_use]
    pub fn calls(&self, call: Call) -> usize {
        self.plan().seen.get(&call).copied().unwrap_or(0)
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, call: Call) -> Option<InjectedFault> {
        let mut plan = self.plan();
        let seen = plan.seen.entry(call).or_default();
        *seen += 1;
        let number = *seen;
        let when = plan.faults.remove(&(call, number))?;
        Some(InjectedFault { call, number, when })
    }

    async fn run<T>(
        &self,
        call: Call,
        effect: impl Future<Output = Result<T, CheckpointError>> + Send,
    ) -> Result<T, CheckpointError> {
        let fault = self.count(call);
        if let Some(fault) = fault
            && fault.when == When::Before
        {
            return Err(self.unavailable(fault));
        }
        let answer = effect.await?;
        match fault {
            Some(fault) => Err(self.unavailable(fault)),
            None => Ok(answer),
        }
    }

    fn unavailable(&self, fault: InjectedFault) -> CheckpointError {
        CheckpointError::Unavailable {
            backend: self.inner.backend(),
            source: fault.into(),
        }
    }
}

#[async_trait]
impl<C: Checkpointer> Checkpointer for FaultyCheckpointer<C> {
    fn backend(&self) -> &'static str {
        self.inner.backend()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        self.run(Call::Commit, self.inner.commit(request)).await
    }

    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        self.run(Call::SaveRecords, self.inner.save_records(request))
            .await
    }

    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        self.run(Call::Load, self.inner.load(thread, namespace, id))
            .await
    }

    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        self.run(Call::History, self.inner.history(page)).await
    }

    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        self.run(Call::DeleteThread, self.inner.delete_thread(thread))
            .await
    }

    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        self.run(Call::AcquireLease, self.inner.acquire_lease(request))
            .await
    }

    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        self.run(Call::RenewLease, self.inner.renew_lease(lease, now, ttl))
            .await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        self.run(Call::ReleaseLease, self.inner.release_lease(lease))
            .await
    }

    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        self.run(Call::Deliver, self.inner.deliver(delivery)).await
    }

    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        self.run(Call::Events, self.inner.events(thread)).await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        self.run(Call::Due, self.inner.due(now, limit)).await
    }

    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        self.run(Call::Snooze, self.inner.snooze(thread, wake))
            .await
    }

    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        self.run(Call::CopyThread, self.inner.copy_thread(from, to))
            .await
    }

    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        self.run(Call::Prune, self.inner.prune(thread, what)).await
    }

    async fn append_log(&self, append: LogAppend) -> Result<LogPosition, CheckpointError> {
        self.run(Call::AppendLog, self.inner.append_log(append))
            .await
    }

    async fn read_log(&self, page: LogPage) -> Result<LogSlice, CheckpointError> {
        self.run(Call::ReadLog, self.inner.read_log(page)).await
    }
}
