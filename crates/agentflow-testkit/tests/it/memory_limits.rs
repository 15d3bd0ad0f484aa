//! What a memory checkpointer with limits forgets, and what it never does.

use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::{
    Checkpoint, CheckpointError, CheckpointKey, CheckpointSource, Checkpointer, CommitRequest,
    Delivery, EventId, FORMAT, Fence, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPosition,
    MemoryCheckpointer, MemoryLimits, OwnerId, Prune, Record, RecordKind, RecordsRequest, Takeover,
    Wake,
};
use agentflow_core::{CheckpointId, Clock, Namespace, Step, Timestamp};
use agentflow_testkit::ManualClock;

const MINUTE: Duration = Duration::from_secs(60);
const KIB: usize = 1024;

struct Rig {
    store: MemoryCheckpointer,
    clock: ManualClock,
}

impl Rig {
    fn new(limit: impl FnOnce(MemoryLimits) -> MemoryLimits) -> Self {
        let clock = ManualClock::new(Timestamp(0));
        let limits = limit(MemoryLimits::new(Arc::new(clock.clone())));
        let store = MemoryCheckpointer::with_limits(limits);
        Self { store, clock }
    }

    async fn lease(&self, thread: &str) -> Result<Lease, CheckpointError> {
        let request = LeaseRequest {
            thread: thread.into(),
            owner: OwnerId("writer".to_owned()),
            now: self.clock.now(),
            ttl: MINUTE * 10,
            takeover: Takeover::Expired,
        };
        match self.store.acquire_lease(request).await? {
            LeaseGrant::Granted(lease) => Ok(lease),
            held @ LeaseGrant::Held { .. } => panic!("nobody else writes: {held:?}"),
        }
    }

    async fn commit(&self, lease: &Lease, id: u64, bytes: usize) -> Result<(), CheckpointError> {
        self.store.commit(commit(lease, id, bytes)).await
    }

    /// A thread with one checkpoint of so many bytes, which nobody runs.
    async fn rest(&self, thread: &str, bytes: usize) {
        let lease = self.lease(thread).await.unwrap();
        self.commit(&lease, 1, bytes).await.unwrap();
        self.store.release_lease(&lease).await.unwrap();
    }

    async fn is_there(&self, thread: &str) -> bool {
        let (thread, root) = (thread.into(), Namespace::root());
        let loaded = self.store.load(&thread, &root, None).await;
        loaded.unwrap().is_some()
    }

    async fn append(&self, lease: &Lease) -> Result<LogPosition, CheckpointError> {
        self.store.append_log(append(lease)).await
    }

    async fn deliver(&self, thread: &str, key: Option<&str>) -> Result<EventId, CheckpointError> {
        let delivery = Delivery {
            thread: thread.into(),
            name: "told".to_owned(),
            payload: vec![b' '; KIB],
            key: key.map(str::to_owned),
            now: self.clock.now(),
        };
        self.store.deliver(delivery).await
    }
}

fn append(lease: &Lease) -> LogAppend {
    LogAppend {
        fence: fence(lease),
        entries: vec![vec![b' '; KIB], vec![b' '; KIB]],
        keep: 1,
    }
}

fn commit(lease: &Lease, id: u64, bytes: usize) -> CommitRequest {
    let (id, parent) = (CheckpointId(id), id.checked_sub(1).filter(|id| *id > 0));
    let fields = [("text", id)].into();
    let checkpoint = Checkpoint {
        format: FORMAT,
        id,
        parent: parent.map(CheckpointId),
        step: Step(0),
        source: CheckpointSource::Loop,
        created_at: Timestamp(0),
        fingerprint: "shape".into(),
        state_version: 1,
        fields,
        next: Vec::new(),
        joins: Vec::new(),
        deferred: Vec::new(),
        origin: Default::default(),
        run: lease.epoch.0,
        metadata: Default::default(),
        inner: Default::default(),
        ran: Vec::new(),
    };
    CommitRequest {
        fence: fence(lease),
        namespace: Namespace::root(),
        expected_head: checkpoint.parent,
        checkpoint: Box::new(checkpoint),
        changed: vec![("text".into(), vec![b' '; bytes])],
        records: Vec::new(),
        taken: Vec::new(),
    }
}

fn fence(lease: &Lease) -> Fence {
    Fence {
        thread: lease.thread.clone(),
        epoch: lease.epoch,
    }
}

#[tokio::test]
async fn the_thread_that_was_used_least_lately_goes_first() {
    for (name, used, gone) in [
        ("the first", None, "a"),
        ("the second, where the first was read", Some("a"), "b"),
    ] {
        let rig = Rig::new(|limits| limits.bytes_max(10 * KIB));
        rig.rest("a", 4 * KIB).await;
        rig.rest("b", 4 * KIB).await;
        if let Some(thread) = used {
            assert!(rig.is_there(thread).await, "{name}");
        }
        rig.rest("c", 4 * KIB).await;
        assert_eq!(rig.store.usage().threads, 2, "{name}");
        assert_eq!(rig.store.usage().forgotten, 1, "{name}");
        assert!(rig.store.usage().bytes <= 10 * KIB, "{name}");
        for thread in ["a", "b", "c"] {
            assert_eq!(
                rig.is_there(thread).await,
                thread != gone,
                "{name}: {thread}"
            );
        }
    }
}

#[tokio::test]
async fn a_write_for_which_there_is_no_room_is_refused_and_changes_nothing() {
    let rig = Rig::new(|limits| limits.bytes_max(10 * KIB));
    let running = rig.lease("running").await.unwrap();
    rig.commit(&running, 1, 6 * KIB).await.unwrap();
    rig.rest("resting", KIB).await;
    let lease = rig.lease("new").await.unwrap();
    let before = rig.store.usage();

    let refused = rig.commit(&lease, 1, 5 * KIB).await.unwrap_err();
    let told = refused.to_string();
    assert!(matches!(refused, CheckpointError::TooMuch { .. }), "{told}");
    assert!(told.contains("10240"), "{told}");
    // What could go would not have been enough, so it stays.
    assert_eq!(rig.store.usage(), before);
    assert!(rig.is_there("resting").await && rig.is_there("running").await);

    // A lease that ran out protects nothing.
    rig.clock.advance(MINUTE * 11);
    rig.commit(&lease, 1, 5 * KIB).await.unwrap();
    assert!(!rig.is_there("running").await);
}

#[tokio::test]
async fn every_kind_of_write_finds_room_or_is_refused() {
    let rig = Rig::new(|limits| limits.bytes_max(8 * KIB));
    let running = rig.lease("running").await.unwrap();
    rig.commit(&running, 1, 5 * KIB).await.unwrap();
    let record = |bytes| RecordsRequest {
        fence: fence(&running),
        checkpoint: CheckpointKey {
            thread: "running".into(),
            namespace: Namespace::root(),
            id: CheckpointId(1),
        },
        records: vec![Record {
            task: "1/n/0".to_owned(),
            kind: RecordKind::Once,
            key: "k".to_owned(),
            value: vec![b' '; bytes],
        }],
        wake: Wake::Keep,
    };
    for (name, refused) in [
        ("records", rig.store.save_records(record(3 * KIB)).await),
        (
            "a copy",
            rig.store
                .copy_thread(&"running".into(), &"copy".into())
                .await,
        ),
    ] {
        assert!(
            matches!(refused, Err(CheckpointError::TooMuch { .. })),
            "{name}: {refused:?}"
        );
    }
    for _ in 0..2 {
        rig.deliver("running", None).await.unwrap();
    }
    for (name, refused) in [
        ("an event", rig.deliver("told", None).await.map(drop)),
        ("an entry", rig.append(&running).await.map(drop)),
        (
            "records that fitted",
            rig.store.save_records(record(KIB)).await,
        ),
    ] {
        assert!(
            matches!(refused, Err(CheckpointError::TooMuch { .. })),
            "{name}: {refused:?}"
        );
    }
    assert_eq!(rig.store.events(&"told".into()).await.unwrap(), []);
    assert_eq!(rig.store.usage().forgotten, 0);
}

#[tokio::test]
async fn a_thread_that_is_left_alone_for_too_long_is_forgotten() {
    for (name, waits, is_read, is_held, is_there) in [
        ("not so long yet", MINUTE, false, false, true),
        (
            "longer",
            MINUTE + Duration::from_micros(2),
            false,
            false,
            false,
        ),
        (
            "read meanwhile",
            MINUTE + Duration::from_micros(2),
            true,
            false,
            true,
        ),
        ("run meanwhile", MINUTE * 2, false, true, true),
        (
            "run until its lease ran out",
            MINUTE * 20,
            false,
            true,
            false,
        ),
    ] {
        let rig = Rig::new(|limits| limits.idle_max(MINUTE));
        rig.rest("t", KIB).await;
        if is_held {
            rig.lease("t").await.unwrap();
        }
        let wake = Wake::At(Timestamp(0));
        rig.store.snooze(&"t".into(), wake).await.unwrap();
        rig.clock.advance(waits / 2);
        if is_read {
            assert!(rig.is_there("t").await, "{name}");
        }
        rig.clock.advance(waits - waits / 2);
        let due = rig.store.due(rig.clock.now(), 10).await.unwrap();
        assert_eq!(!due.is_empty(), is_there, "{name}");
        assert_eq!(rig.is_there("t").await, is_there, "{name}");
        assert_eq!(rig.store.usage().threads, usize::from(is_there), "{name}");
    }
}

#[tokio::test]
async fn what_a_forgotten_thread_gave_is_not_given_again() {
    let rig = Rig::new(|limits| limits.idle_max(MINUTE));
    let old = rig.lease("t").await.unwrap();
    rig.commit(&old, 1, KIB).await.unwrap();
    let event = rig.deliver("t", Some("key")).await.unwrap();
    let position = rig.append(&old).await.unwrap();
    rig.clock.advance(MINUTE * 11);
    assert!(!rig.is_there("t").await);

    // Whoever wrote before, writes no more: not before somebody else came, and not after.
    for name in ["nobody is there", "somebody else is"] {
        let late = rig.commit(&old, 2, KIB).await;
        assert!(
            matches!(late, Err(CheckpointError::Fenced { .. })),
            "{name}: {late:?}"
        );
        let kept = rig.store.renew_lease(&old, rig.clock.now(), MINUTE).await;
        assert!(
            matches!(kept, Err(CheckpointError::Fenced { .. })),
            "{name}: {kept:?}"
        );
        if name == "nobody is there" {
            assert_eq!(rig.store.usage().threads, 0);
            assert!(rig.lease("t").await.unwrap().epoch > old.epoch);
        }
    }
    assert!(rig.deliver("t", Some("key")).await.unwrap() > event);
    rig.clock.advance(MINUTE * 11);
    let again = rig.lease("t").await.unwrap();
    assert!(rig.append(&again).await.unwrap() > position);
}

#[tokio::test]
async fn the_bytes_are_those_of_what_is_there() {
    let rig = Rig::new(|limits| limits);
    let bytes = || rig.store.usage().bytes;
    let empty = bytes();
    let lease = rig.lease("t").await.unwrap();
    let begun = bytes();
    for id in 1..=6 {
        rig.commit(&lease, id, id as usize * 100).await.unwrap();
        // The second replaces the first.
        for value in [b"1".to_vec(), vec![b' '; 4 * KIB]] {
            let request = RecordsRequest {
                fence: fence(&lease),
                checkpoint: CheckpointKey {
                    thread: "t".into(),
                    namespace: Namespace::root(),
                    id: CheckpointId(id),
                },
                records: vec![Record {
                    task: "1/n/0".to_owned(),
                    kind: RecordKind::Answer,
                    key: "k".to_owned(),
                    value,
                }],
                wake: Wake::Keep,
            };
            rig.store.save_records(request).await.unwrap();
        }
    }
    let six = bytes();
    assert!(six > begun + 2_100 + 6 * 4 * KIB, "{begun} and then {six}");
    // Counts all that stays anew.
    let all = Prune::but_newest(u32::MAX);
    assert_eq!(rig.store.prune(&"t".into(), all).await.unwrap(), 0);
    assert_eq!(bytes(), six);

    let graphs = bytes();
    let told = [
        rig.deliver("t", Some("key")).await.unwrap(),
        rig.deliver("t", None).await.unwrap(),
    ];
    assert!(bytes() >= graphs + 2 * KIB);
    let one = bytes() - begun;
    rig.store
        .copy_thread(&"t".into(), &"u".into())
        .await
        .unwrap();
    assert_eq!(
        bytes(),
        begun + (begun - empty) + 2 * one,
        "a copy takes as much"
    );
    rig.store.delete_thread(&"u".into()).await.unwrap();
    assert_eq!(bytes(), begun + (begun - empty) + one);

    let unlogged = bytes();
    for _ in 0..3 {
        rig.append(&lease).await.unwrap();
    }
    let one_entry = unlogged + KIB..unlogged + 2 * KIB;
    assert!(one_entry.contains(&bytes()), "{unlogged}, then {}", bytes());

    let mut taking = commit(&lease, 7, 0);
    taking.taken = told.to_vec();
    rig.store.commit(taking).await.unwrap();
    assert!(bytes() < graphs + 2 * KIB, "events that were taken");
    rig.store.delete_thread(&"t".into()).await.unwrap();
    assert_eq!(bytes(), begun + (begun - empty));
}
