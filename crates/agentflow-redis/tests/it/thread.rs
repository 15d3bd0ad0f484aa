//! One thread's writer, as these tests need it: every checkpoint has the field `number`,
//! which holds the checkpoint's own number, and the field `first`, which only the first one
//! wrote.

use std::time::Duration;

use agentflow_core::checkpoint::{
    Checkpoint, CheckpointError, CheckpointKey, CheckpointSource, Checkpointer, CommitRequest,
    Delivery, FORMAT, Fence, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition,
    LogSlice, OwnerId, Record, RecordKind, RecordsRequest, Stored, Takeover, Wake,
};
use agentflow_core::{CheckpointId, Namespace, Origin, Step, Timestamp};
use agentflow_redis::{RedisCheckpointer, RedisError};

/// Takes the lease, whoever had it.
pub(crate) async fn lease(store: &RedisCheckpointer, thread: &str) -> Lease {
    let mut request = ask(thread);
    loop {
        match store.acquire_lease(request.clone()).await.unwrap() {
            LeaseGrant::Granted(lease) => return lease,
            LeaseGrant::Held { epoch, .. } => request.takeover = Takeover::FromGone(epoch),
        }
    }
}

pub(crate) fn ask(thread: &str) -> LeaseRequest {
    LeaseRequest {
        thread: thread.into(),
        owner: OwnerId("test".to_owned()),
        now: Timestamp(0),
        ttl: Duration::from_secs(60),
        takeover: Takeover::Expired,
    }
}

pub(crate) fn fence(lease: &Lease) -> Fence {
    Fence {
        thread: lease.thread.clone(),
        epoch: lease.epoch,
    }
}

pub(crate) async fn append(store: &RedisCheckpointer, lease: &Lease, values: &[&[u8]]) -> u64 {
    let append = LogAppend {
        fence: fence(lease),
        entries: values.iter().map(|value| value.to_vec()).collect(),
        keep: 100,
    };
    store.append_log(append).await.unwrap().0
}

/// The whole stream log, which is small.
pub(crate) async fn log(store: &RedisCheckpointer, thread: &str) -> LogSlice {
    let page = LogPage {
        thread: thread.into(),
        after: LogPosition(0),
        limit: u32::MAX,
    };
    store.read_log(page).await.unwrap()
}

pub(crate) fn commit_on(lease: &Lease, head: Option<CheckpointId>, value: &[u8]) -> CommitRequest {
    let id = CheckpointId::after(head);
    let mut changed = vec![("number".into(), value.to_vec())];
    if head.is_none() {
        changed.push(("first".into(), b"first".to_vec()));
    }
    let checkpoint = Checkpoint {
        format: FORMAT,
        id,
        parent: head,
        step: Step(0),
        source: CheckpointSource::Loop,
        created_at: Timestamp(0),
        fingerprint: "\"fields\":{}".into(),
        state_version: 1,
        fields: [("number", id), ("first", CheckpointId(1))].into(),
        next: Vec::new(),
        joins: Vec::new(),
        deferred: Vec::new(),
        origin: Origin::default(),
        run: 0,
        metadata: Default::default(),
        inner: Default::default(),
        ran: Vec::new(),
    };
    CommitRequest {
        fence: fence(lease),
        namespace: Namespace::root(),
        expected_head: head,
        checkpoint: Box::new(checkpoint),
        changed,
        records: Vec::new(),
        taken: Vec::new(),
    }
}

pub(crate) async fn commit(
    store: &RedisCheckpointer,
    lease: &Lease,
    head: Option<CheckpointId>,
) -> Result<CheckpointId, CheckpointError> {
    let id = CheckpointId::after(head);
    let request = commit_on(lease, head, id.to_string().as_bytes());
    store.commit(request).await.map(|()| id)
}

pub(crate) fn record(key: &str, value: &[u8]) -> Record {
    Record {
        task: "1/n/0".to_owned(),
        kind: RecordKind::Once,
        key: key.to_owned(),
        value: value.to_vec(),
    }
}

pub(crate) fn records_at(lease: &Lease, id: CheckpointId, records: Vec<Record>) -> RecordsRequest {
    RecordsRequest {
        fence: fence(lease),
        checkpoint: CheckpointKey {
            thread: lease.thread.clone(),
            namespace: Namespace::root(),
            id,
        },
        records,
        wake: Wake::Keep,
    }
}

pub(crate) fn told(thread: &str, key: Option<&str>) -> Delivery {
    Delivery {
        thread: thread.into(),
        name: "told".to_owned(),
        payload: b"payload".to_vec(),
        key: key.map(str::to_owned),
        now: Timestamp(0),
    }
}

pub(crate) async fn head(store: &RedisCheckpointer, thread: &str) -> Option<Stored> {
    let root = Namespace::root();
    store.load(&thread.into(), &root, None).await.unwrap()
}

/// Panics unless the checkpoint has all its values.
pub(crate) fn expect_whole(stored: &Stored) {
    let number = stored.checkpoint.id.to_string().into_bytes();
    let want = [
        ("first".into(), b"first".to_vec()),
        ("number".into(), number),
    ];
    assert_eq!(stored.values, want);
}

/// Why Redis did not do it.
pub(crate) fn reason<T: std::fmt::Debug>(outcome: Result<T, CheckpointError>) -> RedisError {
    let source = match outcome.unwrap_err() {
        CheckpointError::Unavailable { source, .. } => source,
        CheckpointError::Backend { source, .. } => source,
        other => panic!("{other:?}"),
    };
    *source.downcast().unwrap()
}
