//! A checkpointer in memory, for tests and for threads that may be forgotten.
//! It keeps the same encoded bytes as a database, so nothing passes here that
//! would fail there.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::checkpointer::{Checkpointer, CommitRequest, HistoryPage, RecordsRequest, Stored};
use super::error::CheckpointError;
use super::lease::{Epoch, Fence, Lease, LeaseGrant, LeaseRequest, OwnerId, Takeover};
use super::record::{Checkpoint, Record, RecordKind};
use crate::clock::Timestamp;
use crate::id::{CheckpointId, Namespace, ThreadId};

/// Keeps checkpoints until it is dropped.
#[derive(Debug, Default)]
pub struct MemoryCheckpointer {
    threads: Mutex<HashMap<ThreadId, ThreadData>>,
}

#[derive(Debug, Default)]
struct ThreadData {
    epoch: u64,
    held: Option<(OwnerId, Timestamp)>,
    graphs: HashMap<Namespace, GraphData>,
}

#[derive(Debug, Default)]
struct GraphData {
    head: Option<CheckpointId>,
    checkpoints: BTreeMap<CheckpointId, Checkpoint>,
    /// Every value of each field, by the checkpoint that wrote it.
    values: BTreeMap<String, BTreeMap<CheckpointId, Vec<u8>>>,
    records: HashMap<CheckpointId, BTreeMap<RecordKey, Vec<u8>>>,
}

/// A record's task, kind and key.
type RecordKey = (String, RecordKind, String);

impl MemoryCheckpointer {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn threads(&self) -> MutexGuard<'_, HashMap<ThreadId, ThreadData>> {
        // Every change below is complete before the lock is let go, so a panic
        // elsewhere leaves nothing half done.
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ThreadData {
    fn check(&self, fence: &Fence) -> Result<(), CheckpointError> {
        if self.held.is_some() && self.epoch == fence.epoch.0 {
            return Ok(());
        }
        Err(CheckpointError::Fenced {
            thread: fence.thread.clone(),
            held: fence.epoch,
            current: Epoch(self.epoch),
        })
    }
}

impl GraphData {
    fn stored(&self, id: CheckpointId) -> Option<Stored> {
        let checkpoint = self.checkpoints.get(&id)?.clone();
        let values = checkpoint
            .fields
            .iter()
            .filter_map(|(name, at)| {
                let value = self.values.get(name)?.get(at)?;
                Some((name.clone(), value.clone()))
            })
            .collect();
        let records = self.records.get(&id).into_iter().flatten();
        let records = records
            .map(|((task, kind, key), value)| Record {
                task: task.clone(),
                kind: *kind,
                key: key.clone(),
                value: value.clone(),
            })
            .collect();
        Some(Stored {
            checkpoint,
            values,
            records,
        })
    }
}

#[async_trait]
impl Checkpointer for MemoryCheckpointer {
    fn backend(&self) -> &'static str {
        "memory"
    }

    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        let mut threads = self.threads();
        let data = threads.entry(request.fence.thread.clone()).or_default();
        data.check(&request.fence)?;
        let graph = data.graphs.entry(request.namespace).or_default();
        if graph.head != request.expected_head {
            return Err(CheckpointError::Conflict {
                thread: request.fence.thread,
                expected: request.expected_head,
                found: graph.head,
            });
        }
        let id = request.checkpoint.id;
        for (name, value) in request.changed {
            graph.values.entry(name).or_default().insert(id, value);
        }
        graph.checkpoints.insert(id, request.checkpoint);
        graph.head = Some(id);
        Ok(())
    }

    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        let mut threads = self.threads();
        let data = threads.entry(request.fence.thread.clone()).or_default();
        data.check(&request.fence)?;
        let graph = data.graphs.entry(request.checkpoint.namespace).or_default();
        let at = request.checkpoint.id;
        if !graph.checkpoints.contains_key(&at) {
            return Err(CheckpointError::Conflict {
                thread: request.fence.thread,
                expected: Some(at),
                found: graph.head,
            });
        }
        let records = graph.records.entry(at).or_default();
        for record in request.records {
            let place = records.entry((record.task, record.kind, record.key));
            if record.kind.first_wins() {
                place.or_insert(record.value);
            } else {
                place.insert_entry(record.value);
            }
        }
        Ok(())
    }

    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        let threads = self.threads();
        let graph = threads
            .get(thread)
            .and_then(|data| data.graphs.get(namespace));
        Ok(graph.and_then(|graph| graph.stored(id.or(graph.head)?)))
    }

    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        let threads = self.threads();
        let graph = threads
            .get(&page.thread)
            .and_then(|data| data.graphs.get(&page.namespace));
        let newest_first = graph
            .into_iter()
            .flat_map(|graph| graph.checkpoints.values().rev());
        Ok(newest_first
            .filter(|checkpoint| page.before.is_none_or(|before| checkpoint.id < before))
            .take(page.limit as usize)
            .cloned()
            .collect())
    }

    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        if let Some(data) = self.threads().get_mut(thread) {
            // The epoch stays: a zombie of the deleted thread must not write into a new one.
            data.graphs.clear();
        }
        Ok(())
    }

    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        let mut threads = self.threads();
        let data = threads.entry(request.thread.clone()).or_default();
        if let Some((by, expires_at)) = &data.held {
            let known_gone = request.takeover == Takeover::FromGone(Epoch(data.epoch));
            if *expires_at > request.now && !known_gone {
                return Ok(LeaseGrant::Held {
                    by: by.clone(),
                    epoch: Epoch(data.epoch),
                    expires_at: *expires_at,
                });
            }
        }
        data.epoch += 1;
        data.held = Some((request.owner.clone(), request.now.after(request.ttl)));
        let epoch = Epoch(data.epoch);
        Ok(LeaseGrant::Granted(Lease {
            thread: request.thread,
            owner: request.owner,
            epoch,
        }))
    }

    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        let mut threads = self.threads();
        let data = threads.entry(lease.thread.clone()).or_default();
        data.check(&Fence {
            thread: lease.thread.clone(),
            epoch: lease.epoch,
        })?;
        data.held = Some((lease.owner.clone(), now.after(ttl)));
        Ok(())
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        if let Some(data) = self.threads().get_mut(&lease.thread)
            && data.epoch == lease.epoch.0
        {
            data.held = None;
        }
        Ok(())
    }
}
