//! Puts single values into a store and reads them, anywhere a store keeps values.

use std::time::Duration;

use agentflow_core::checkpoint::{
    Checkpoint, CheckpointError, CheckpointKey, CheckpointSource, Checkpointer, CommitRequest,
    Delivery, FORMAT, Fence, LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition,
    MemoryCheckpointer, OwnerId, Record, RecordKind, RecordsRequest, ScheduledTask, Takeover, Wake,
};
use agentflow_core::{CheckpointId, Namespace, Step, ThreadId, Timestamp};
use agentflow_seal::{Key, KeyRing, Seal, SealError, SealedCheckpointer};

/// Any time: memory stores are told it, and ask no clock.
const NOW: Timestamp = Timestamp(7);

pub(crate) fn ring() -> KeyRing {
    KeyRing::new("new", Key::from_bytes([7; 32])).unwrap()
}

/// Where a value is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    pub(crate) thread: &'static str,
    pub(crate) origin: &'static str,
    pub(crate) namespace: &'static str,
    pub(crate) id: u64,
    pub(crate) part: Part,
}

/// What of a checkpoint or a thread it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Field(&'static str),
    Record(&'static str, RecordKind, &'static str),
    Input(&'static str, u32),
    Event(&'static str, i64),
    Log,
}

pub(crate) const FIELD: Spot = Spot {
    thread: "t",
    origin: "t@1",
    namespace: "agent:1.0.0",
    id: 5,
    part: Part::Field("notes"),
};

impl Spot {
    pub(crate) const fn with(self, part: Part) -> Self {
        Self { part, ..self }
    }

    /// Puts it there, as the only value of its checkpoint.
    pub(crate) async fn put(self, store: &dyn Checkpointer, value: &[u8]) {
        let (mut fields, mut next) = (Vec::new(), Vec::new());
        match self.part {
            Part::Event(name, at) => {
                let delivery = Delivery {
                    thread: self.thread.into(),
                    name: name.to_owned(),
                    payload: value.to_vec(),
                    key: None,
                    now: Timestamp(at),
                };
                store.deliver(delivery).await.unwrap();
                return;
            }
            Part::Log => {
                let append = LogAppend {
                    fence: self.fence(store).await,
                    entries: vec![value.to_vec()],
                    keep: 9,
                };
                store.append_log(append).await.unwrap();
                return;
            }
            Part::Field(name) => fields.push((name.into(), value.to_vec())),
            Part::Input(node, index) => next.push(ScheduledTask {
                node: node.into(),
                index,
                payload: Some(serde_json::from_slice(value).unwrap()),
                timeout_ms: None,
            }),
            Part::Record(..) => {}
        }
        let fence = self.fence(store).await;
        let mut request = self.commit(fence.clone());
        let checkpoint = &mut request.checkpoint;
        checkpoint.fields = fields
            .iter()
            .map(|(name, _)| (name, checkpoint.id))
            .collect();
        checkpoint.next = next;
        request.changed = fields;
        store.commit(request).await.unwrap();
        if let Part::Record(..) = self.part {
            let request = self.records(fence, value);
            store.save_records(request).await.unwrap();
        }
    }

    /// What is there.
    pub(crate) async fn get(self, store: &dyn Checkpointer) -> Result<Vec<u8>, CheckpointError> {
        let thread = ThreadId::from(self.thread);
        if let Part::Event(..) = self.part {
            return Ok(store.events(&thread).await?.pop().unwrap().payload);
        }
        if let Part::Log = self.part {
            let page = LogPage {
                thread,
                after: LogPosition(0),
                limit: 9,
            };
            return Ok(store.read_log(page).await?.entries.pop().unwrap().value);
        }
        let namespace = Namespace::from(self.namespace);
        let mut stored = store.load(&thread, &namespace, None).await?.unwrap();
        Ok(match self.part {
            Part::Field(_) => stored.values.pop().unwrap().1,
            Part::Record(..) => stored.records.pop().unwrap().value,
            _ => {
                let input = stored.checkpoint.next.pop().unwrap().payload.unwrap();
                serde_json::to_vec(&input).unwrap()
            }
        })
    }

    /// What a store keeps there when it is sealed so.
    pub(crate) async fn sealed(self, seal: &Seal, value: &[u8]) -> Vec<u8> {
        let store = SealedCheckpointer::new(MemoryCheckpointer::new(), seal.clone());
        self.put(&store, value).await;
        self.get(store.inner()).await.unwrap()
    }

    /// What is read there by a store that keeps `kept`.
    pub(crate) async fn opened(self, seal: &Seal, kept: &[u8]) -> Result<Vec<u8>, SealError> {
        let inner = MemoryCheckpointer::new();
        self.put(&inner, kept).await;
        let store = SealedCheckpointer::new(inner, seal.clone());
        self.get(&store).await.map_err(reason)
    }

    /// The right to write there.
    pub(crate) async fn fence(self, store: &dyn Checkpointer) -> Fence {
        let request = LeaseRequest {
            thread: self.thread.into(),
            owner: OwnerId("test".to_owned()),
            now: NOW,
            ttl: Duration::from_secs(60),
            takeover: Takeover::Expired,
        };
        match store.acquire_lease(request).await.unwrap() {
            LeaseGrant::Granted(lease) => Fence {
                thread: lease.thread,
                epoch: lease.epoch,
            },
            held @ LeaseGrant::Held { .. } => panic!("{held:?}"),
        }
    }

    /// A commit of the checkpoint, with nothing in it.
    pub(crate) fn commit(self, fence: Fence) -> CommitRequest {
        CommitRequest {
            fence,
            namespace: self.namespace.into(),
            expected_head: None,
            checkpoint: Box::new(self.checkpoint()),
            changed: Vec::new(),
            records: Vec::new(),
            taken: Vec::new(),
        }
    }

    /// The value as a record of the checkpoint.
    pub(crate) fn records(self, fence: Fence, value: &[u8]) -> RecordsRequest {
        let Part::Record(task, kind, key) = self.part else {
            panic!("{self:?} is no record");
        };
        let record = Record {
            task: task.to_owned(),
            kind,
            key: key.to_owned(),
            value: value.to_vec(),
        };
        RecordsRequest {
            fence,
            checkpoint: CheckpointKey {
                thread: self.thread.into(),
                namespace: self.namespace.into(),
                id: CheckpointId(self.id),
            },
            records: vec![record],
            wake: Wake::Keep,
        }
    }

    fn checkpoint(self) -> Checkpoint {
        Checkpoint {
            format: FORMAT,
            id: CheckpointId(self.id),
            parent: None,
            step: Step(0),
            source: CheckpointSource::Loop,
            created_at: NOW,
            fingerprint: "shape".into(),
            state_version: 1,
            fields: Default::default(),
            next: Vec::new(),
            joins: Vec::new(),
            deferred: Vec::new(),
            origin: self.origin.into(),
            run: 1,
            metadata: Default::default(),
            inner: Default::default(),
            ran: Vec::new(),
        }
    }
}

/// The reason that a sealed store gives.
pub(crate) fn reason(error: CheckpointError) -> SealError {
    assert!(!error.is_retryable(), "{error:?}");
    match error {
        CheckpointError::Backend { source, .. } => *source.downcast::<SealError>().unwrap(),
        other => panic!("{other:?}"),
    }
}
