//! A checkpointer with a named point on both sides of each call, which tells the journal
//! what was tried and what the store said to it.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use agentflow_core::checkpoint::{
    Capabilities, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery, Epoch, Event,
    EventId, HistoryPage, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition,
    LogSlice, Prune, RecordKind, RecordsRequest, Stored, Wake,
};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};
use async_trait::async_trait;

use super::effects::in_namespace;
use super::witness::Witness;
use crate::journal::{Committed, What};

/// A store whose calls are points of the child.
#[derive(Debug)]
pub(super) struct Observed {
    store: Arc<dyn Checkpointer>,
    witness: Arc<Witness>,
    writes: AtomicU32,
}

impl Observed {
    pub(super) fn new(store: Arc<dyn Checkpointer>, witness: Arc<Witness>) -> Self {
        Self {
            store,
            witness,
            writes: AtomicU32::new(0),
        }
    }

    async fn call<T>(&self, name: &str, call: impl Future<Output = T>) -> T {
        self.witness.pass(name, "before");
        let answer = call.await;
        self.witness.pass(name, "after");
        answer
    }

    /// A call that carries an epoch. It is told before it is made and after it was
    /// answered, between the two points: a kill at either leaves the journal as sure as
    /// a caller could be.
    async fn write(
        &self,
        name: &str,
        epoch: Epoch,
        change: Change,
        call: impl Future<Output = Result<(), CheckpointError>>,
    ) -> Result<(), CheckpointError> {
        let write = self.writes.fetch_add(1, Ordering::Relaxed) + 1;
        let told = async {
            self.witness.note(What::Tries {
                write,
                call: name.to_owned(),
                epoch: epoch.0,
            });
            let answer = call.await;
            self.witness.note(match &answer {
                Ok(()) => What::Acknowledged {
                    write,
                    committed: change.committed,
                    finished: change.finished,
                },
                Err(error) => What::Refused {
                    write,
                    is_fenced: matches!(error, CheckpointError::Fenced { .. }),
                    error: error.to_string(),
                },
            });
            answer
        };
        self.call(name, told).await
    }
}

/// What of the thread a write settles.
#[derive(Default)]
struct Change {
    committed: Option<Committed>,
    finished: Vec<String>,
}

impl Change {
    fn of_commit(request: &CommitRequest) -> Self {
        let checkpoint = &request.checkpoint;
        let ran = checkpoint.ran.iter();
        let finished = ran.map(|ran| in_namespace(&request.namespace, &ran.task));
        Self {
            committed: Some(Committed {
                namespace: request.namespace.to_string(),
                id: checkpoint.id,
                step: checkpoint.step.0,
                run: checkpoint.run,
            }),
            finished: finished.collect(),
        }
    }

    fn of_records(request: &RecordsRequest) -> Self {
        let finished = request.records.iter();
        let finished = finished.filter(|record| record.kind == RecordKind::Writes);
        let namespace = &request.checkpoint.namespace;
        Self {
            committed: None,
            finished: finished
                .map(|record| in_namespace(namespace, &record.task))
                .collect(),
        }
    }
}

#[async_trait]
impl Checkpointer for Observed {
    fn backend(&self) -> &'static str {
        self.store.backend()
    }

    fn capabilities(&self) -> Capabilities {
        self.store.capabilities()
    }

    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        let change = Change::of_commit(&request);
        let epoch = request.fence.epoch;
        let call = self.store.commit(request);
        self.write("commit", epoch, change, call).await
    }

    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        let change = Change::of_records(&request);
        let epoch = request.fence.epoch;
        let call = self.store.save_records(request);
        self.write("save_records", epoch, change, call).await
    }

    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        self.call("load", self.store.load(thread, namespace, id))
            .await
    }

    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        self.call("history", self.store.history(page)).await
    }

    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        self.call("delete_thread", self.store.delete_thread(thread))
            .await
    }

    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        let told = async {
            let answer = self.store.acquire_lease(request).await;
            if let Ok(LeaseGrant::Granted(lease)) = &answer {
                let epoch = lease.epoch.0;
                self.witness.note(What::Granted { epoch });
            }
            answer
        };
        self.call("acquire_lease", told).await
    }

    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        let call = self.store.renew_lease(lease, now, ttl);
        let nothing = Change::default();
        self.write("renew_lease", lease.epoch, nothing, call).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        self.call("release_lease", self.store.release_lease(lease))
            .await
    }

    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        self.call("deliver", self.store.deliver(delivery)).await
    }

    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        self.call("events", self.store.events(thread)).await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        self.call("due", self.store.due(now, limit)).await
    }

    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        self.call("snooze", self.store.snooze(thread, wake)).await
    }

    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        self.call("copy_thread", self.store.copy_thread(from, to))
            .await
    }

    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        self.call("prune", self.store.prune(thread, what)).await
    }

    async fn append_log(&self, append: LogAppend) -> Result<LogPosition, CheckpointError> {
        self.call("append_log", self.store.append_log(append)).await
    }

    async fn read_log(&self, page: LogPage) -> Result<LogSlice, CheckpointError> {
        self.call("read_log", self.store.read_log(page)).await
    }
}
