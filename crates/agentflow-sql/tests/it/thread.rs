//! One thread's writer, as these tests need it: every checkpoint has the field
//! `number`, which holds the checkpoint's own number, and the field `first`, which
//! only the first one wrote.

use std::path::Path;
use std::time::Duration;

use agentflow_core::checkpoint::{
    Checkpoint, CheckpointError, CheckpointKey, CheckpointSource, Checkpointer, CommitRequest,
    FORMAT, Fence, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition, LogSlice,
    OwnerId, Record, RecordKind, RecordsRequest, Stored, Takeover, Wake,
};
use agentflow_core::{CheckpointId, Namespace, Origin, Step, Timestamp};
use agentflow_sql::{SqliteCheckpointer, SqliteOptions};

/// Takes the lease, whoever had it.
pub(crate) async fn lease(store: &impl Checkpointer, thread: &str) -> Lease {
    let mut request = LeaseRequest {
        thread: thread.into(),
        owner: OwnerId("test".to_owned()),
        now: Timestamp(0),
        ttl: Duration::from_secs(60),
        takeover: Takeover::Expired,
    };
    loop {
        match store.acquire_lease(request.clone()).await.unwrap() {
            LeaseGrant::Granted(lease) => return lease,
            LeaseGrant::Held { epoch, .. } => request.takeover = Takeover::FromGone(epoch),
        }
    }
}

pub(crate) fn commit_on(lease: &Lease, head: Option<CheckpointId>, value: &[u8]) -> CommitRequest {
    let id = CheckpointId::after(head);
    let mut fields = vec![("number", id), ("first", CheckpointId(1))];
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
        fingerprint: "".into(),
        state_version: 1,
        fields: fields.drain(..).collect(),
        next: Vec::new(),
        joins: Vec::new(),
        deferred: Vec::new(),
        origin: Origin::default(),
        run: 0,
        metadata: Default::default(),
        inner: Default::default(),
        ran: Vec::new(),
    };
    let fence = Fence {
        thread: lease.thread.clone(),
        epoch: lease.epoch,
    };
    CommitRequest {
        fence,
        namespace: Namespace::root(),
        expected_head: head,
        checkpoint: Box::new(checkpoint),
        changed,
        records: Vec::new(),
        taken: Vec::new(),
    }
}

pub(crate) async fn commit(
    store: &impl Checkpointer,
    lease: &Lease,
    head: Option<CheckpointId>,
) -> Result<CheckpointId, CheckpointError> {
    let id = CheckpointId::after(head);
    store
        .commit(commit_on(lease, head, id.to_string().as_bytes()))
        .await
        .map(|()| id)
}

pub(crate) fn record_at(lease: &Lease, id: CheckpointId, value: &[u8]) -> RecordsRequest {
    RecordsRequest {
        fence: Fence {
            thread: lease.thread.clone(),
            epoch: lease.epoch,
        },
        checkpoint: CheckpointKey {
            thread: lease.thread.clone(),
            namespace: Namespace::root(),
            id,
        },
        records: vec![Record {
            task: "1/n/0".to_owned(),
            kind: RecordKind::Writes,
            key: String::new(),
            value: value.to_vec(),
        }],
        wake: Wake::Keep,
    }
}

pub(crate) fn append_to(lease: &Lease, values: &[&[u8]], keep: u32) -> LogAppend {
    let fence = Fence {
        thread: lease.thread.clone(),
        epoch: lease.epoch,
    };
    LogAppend {
        fence,
        entries: values.iter().map(|value| value.to_vec()).collect(),
        keep,
    }
}

/// The whole stream log, which is small.
pub(crate) async fn log(store: &impl Checkpointer, thread: &str) -> LogSlice {
    let page = LogPage {
        thread: thread.into(),
        after: LogPosition(0),
        limit: u32::MAX,
    };
    store.read_log(page).await.unwrap()
}

pub(crate) async fn head(store: &impl Checkpointer, thread: &str) -> Option<Stored> {
    store
        .load(&thread.into(), &Namespace::root(), None)
        .await
        .unwrap()
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

/// Runs plain SQL on a database that nobody else has open.
pub(crate) fn run_sql(path: &Path, sql: &str) {
    let conn = rusqlite::Connection::open(path).unwrap();
    conn.execute_batch(sql).unwrap();
}

/// A database with one thread `t` of three checkpoints, closed.
pub(crate) async fn three_checkpoints(path: &Path) {
    let store = SqliteCheckpointer::open(path).await.unwrap();
    let lease = lease(&store, "t").await;
    let mut at = None;
    for _ in 0..3 {
        at = Some(commit(&store, &lease, at).await.unwrap());
    }
    store.close().await;
}

/// Options under which a locked database is noticed at once.
pub(crate) fn impatient() -> SqliteOptions {
    SqliteOptions {
        busy_timeout: Duration::from_millis(1),
        ..SqliteOptions::default()
    }
}
