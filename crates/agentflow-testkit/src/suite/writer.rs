//! The one writer of a thread, as the behaviours need it: holds the lease, knows
//! the head, and derives the next checkpoint from it as the engine does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::{
    Checkpoint, CheckpointError, CheckpointKey, CheckpointSource, Checkpointer, CommitRequest,
    Epoch, FORMAT, Fence, FieldVersions, HistoryPage, Lease, LeaseGrant, LeaseRequest, OwnerId,
    Record, RecordKind, RecordsRequest, Stored, Takeover, Wake,
};
use agentflow_core::{CheckpointId, FieldName, Namespace, Origin, Step, ThreadId, Timestamp};

/// The time at which leases are asked for, unless a behaviour is about time.
pub(super) const NOW: Timestamp = Timestamp(1_700_000_000_000_000);
/// For how long.
pub(super) const TTL: Duration = Duration::from_secs(30);

/// What a behaviour is given.
pub(super) type Store = Arc<dyn Checkpointer>;

/// Fields by name, as tables write them.
pub(super) type Fields<'a> = &'a [(&'a str, &'a [u8])];

pub(super) struct Writer {
    pub(super) store: Store,
    pub(super) lease: Lease,
    pub(super) namespace: Namespace,
    pub(super) head: Option<Checkpoint>,
}

impl Writer {
    /// A writer of the root graph of a thread that nobody holds.
    pub(super) async fn on(store: &Store, thread: impl Into<ThreadId>) -> Self {
        let lease = granted(store, ask(thread, "first", NOW)).await;
        Self::with_lease(store, lease, Namespace::root())
    }

    /// The same right, used in another graph of the thread.
    pub(super) fn in_namespace(&self, namespace: impl Into<Namespace>) -> Self {
        Self::with_lease(&self.store, self.lease.clone(), namespace.into())
    }

    pub(super) fn with_lease(store: &Store, lease: Lease, namespace: Namespace) -> Self {
        Self {
            store: Arc::clone(store),
            lease,
            namespace,
            head: None,
        }
    }

    pub(super) fn fence(&self) -> Fence {
        Fence {
            thread: self.lease.thread.clone(),
            epoch: self.lease.epoch,
        }
    }

    pub(super) fn head_id(&self) -> Option<CheckpointId> {
        self.head.as_ref().map(|head| head.id)
    }

    /// The commit of the superstep after the head, in which `changed` were written.
    pub(super) fn next(&self, changed: Fields<'_>) -> CommitRequest {
        let id = CheckpointId::after(self.head_id());
        let mut checkpoint = bare_checkpoint(id);
        checkpoint.parent = self.head_id();
        checkpoint.fields = self
            .head
            .as_ref()
            .map(|head| head.fields.clone())
            .unwrap_or_default();
        write(&mut checkpoint, changed);
        self.request(checkpoint, changed)
    }

    pub(super) fn request(&self, checkpoint: Checkpoint, changed: Fields<'_>) -> CommitRequest {
        CommitRequest {
            fence: self.fence(),
            namespace: self.namespace.clone(),
            expected_head: self.head_id(),
            checkpoint: Box::new(checkpoint),
            changed: owned(changed),
            records: Vec::new(),
            taken: Vec::new(),
        }
    }

    /// The commit after the head that goes on from an older checkpoint.
    pub(super) fn fork_from(&self, parent: &Checkpoint, changed: Fields<'_>) -> CommitRequest {
        let id = CheckpointId::after(self.head_id());
        let mut checkpoint = bare_checkpoint(id);
        checkpoint.parent = Some(parent.id);
        checkpoint.source = CheckpointSource::Fork;
        checkpoint.fields = parent.fields.clone();
        write(&mut checkpoint, changed);
        self.request(checkpoint, changed)
    }

    /// Commits what was asked for and goes on from there.
    pub(super) async fn advance(&mut self, request: CommitRequest) -> Checkpoint {
        let checkpoint = (*request.checkpoint).clone();
        let outcome = self.store.commit(request).await;
        outcome.expect("the only writer commits");
        self.head = Some(checkpoint.clone());
        checkpoint
    }

    pub(super) async fn try_commit(&self, changed: Fields<'_>) -> Result<(), CheckpointError> {
        self.store.commit(self.next(changed)).await
    }

    pub(super) async fn commit(&mut self, changed: Fields<'_>) -> Checkpoint {
        let request = self.next(changed);
        self.advance(request).await
    }

    /// The request to keep `records` with the head.
    pub(super) fn records(&self, records: Vec<Record>) -> RecordsRequest {
        let id = self
            .head_id()
            .expect("records belong to a checkpoint that is there");
        let namespace = self.namespace.clone();
        let checkpoint = CheckpointKey {
            thread: self.lease.thread.clone(),
            namespace,
            id,
        };
        RecordsRequest {
            fence: self.fence(),
            checkpoint,
            records,
            wake: Wake::Keep,
        }
    }

    pub(super) async fn save(&self, records: Vec<Record>) {
        let request = self.records(records);
        self.store
            .save_records(request)
            .await
            .expect("the only writer saves records");
    }

    pub(super) async fn try_load(&self, id: Option<CheckpointId>) -> Option<Stored> {
        let loaded = self
            .store
            .load(&self.lease.thread, &self.namespace, id)
            .await;
        loaded.expect("a checkpointer that works loads")
    }

    pub(super) async fn load(&self) -> Stored {
        self.try_load(None).await.expect("the thread has a head")
    }

    pub(super) async fn load_at(&self, id: CheckpointId) -> Stored {
        self.try_load(Some(id))
            .await
            .expect("the checkpoint is there")
    }

    pub(super) fn page(&self, before: Option<u64>, limit: u32) -> HistoryPage {
        HistoryPage {
            thread: self.lease.thread.clone(),
            namespace: self.namespace.clone(),
            before: before.map(CheckpointId),
            limit,
            source: None,
            step: None,
            metadata: Vec::new(),
        }
    }

    pub(super) async fn history(&self, before: Option<u64>, limit: u32) -> Vec<Checkpoint> {
        self.list(self.page(before, limit)).await
    }

    pub(super) async fn list(&self, page: HistoryPage) -> Vec<Checkpoint> {
        self.store
            .history(page)
            .await
            .expect("a checkpointer that works lists")
    }
}

pub(super) fn bare_checkpoint(id: CheckpointId) -> Checkpoint {
    Checkpoint {
        format: FORMAT,
        id,
        parent: None,
        step: Step(i64::try_from(id.0).expect("a small number") - 2),
        source: CheckpointSource::Loop,
        created_at: NOW,
        fingerprint: "shape".into(),
        state_version: 1,
        fields: FieldVersions::default(),
        next: Vec::new(),
        joins: Vec::new(),
        deferred: Vec::new(),
        origin: Origin::default(),
        run: 0,
        metadata: BTreeMap::new(),
        inner: BTreeMap::new(),
        ran: Vec::new(),
    }
}

/// The checkpoint is the one that holds the values of these fields.
fn write(checkpoint: &mut Checkpoint, changed: Fields<'_>) {
    for (name, _) in changed {
        checkpoint.fields.insert(name, checkpoint.id);
    }
}

pub(super) fn owned(fields: Fields<'_>) -> Vec<(FieldName, Vec<u8>)> {
    fields
        .iter()
        .map(|(name, value)| ((*name).into(), value.to_vec()))
        .collect()
}

pub(super) fn record(task: &str, kind: RecordKind, key: &str, value: &[u8]) -> Record {
    Record {
        task: task.to_owned(),
        kind,
        key: key.to_owned(),
        value: value.to_vec(),
    }
}

/// The polite wish for a lease: only if nobody holds it.
pub(super) fn ask(thread: impl Into<ThreadId>, owner: &str, now: Timestamp) -> LeaseRequest {
    LeaseRequest {
        thread: thread.into(),
        owner: OwnerId(owner.to_owned()),
        now,
        ttl: TTL,
        takeover: Takeover::Expired,
    }
}

/// The same wish by one who knows that the owner of `epoch` is gone.
pub(super) fn take_over(thread: impl Into<ThreadId>, owner: &str, epoch: Epoch) -> LeaseRequest {
    LeaseRequest {
        takeover: Takeover::FromGone(epoch),
        ..ask(thread, owner, NOW)
    }
}

pub(super) async fn answer(store: &Store, request: LeaseRequest) -> LeaseGrant {
    store
        .acquire_lease(request)
        .await
        .expect("a checkpointer that works answers")
}

pub(super) async fn granted(store: &Store, request: LeaseRequest) -> Lease {
    match answer(store, request).await {
        LeaseGrant::Granted(lease) => lease,
        held @ LeaseGrant::Held { .. } => panic!("expected a grant, but {held:?}"),
    }
}
