//! The memory store behind its lock: finds the thread of a call.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::kept::Kept;
use super::limits::{MemoryLimits, MemoryUsage};
use super::thread::ThreadData;
use crate::checkpoint::{
    Capabilities, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery, Event,
    EventId, Fence, HistoryPage, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition,
    LogSlice, Prune, Record, RecordsRequest, Stored, Wake,
};
use crate::clock::Timestamp;
use crate::id::{CheckpointId, Namespace, ThreadId};

/// Keeps checkpoints until it is dropped, or as long as [`MemoryLimits`] let it.
#[derive(Debug, Default)]
pub struct MemoryCheckpointer {
    kept: Mutex<Kept>,
}

impl MemoryCheckpointer {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store that forgets what is beyond these limits.
    #[must_use]
    pub fn with_limits(limits: MemoryLimits) -> Self {
        Self {
            kept: Mutex::new(Kept::with_limits(limits)),
        }
    }

    /// What it has now.
    #[must_use]
    pub fn usage(&self) -> MemoryUsage {
        self.kept().usage()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Every change below is complete before the lock is let go, so a panic
        // elsewhere leaves nothing half done.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Checkpointer for MemoryCheckpointer {
    fn backend(&self) -> &'static str {
        "memory"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        request.check()?;
        let mut kept = self.kept();
        let (fence, adds) = (request.fence.clone(), bytes_in(&request));
        kept.make_room(&fence.thread, adds)?;
        let done = kept.change(&fence.thread, |data, scratch| data.commit(request, scratch));
        done.unwrap_or_else(|| Err(kept.none().fenced(&fence)))
    }

    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        let mut kept = self.kept();
        let (fence, adds) = (request.fence.clone(), bytes_of(&request.records));
        kept.make_room(&fence.thread, adds)?;
        let done = kept.change(&fence.thread, |data, _| data.save_records(request));
        done.unwrap_or_else(|| Err(kept.none().fenced(&fence)))
    }

    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        let mut kept = self.kept();
        let graph = kept.get(thread).and_then(|data| data.graphs.get(namespace));
        let Some((graph, id)) = graph.and_then(|graph| Some((graph, id.or(graph.head())?))) else {
            return Ok(None);
        };
        Ok(graph.stored(id)?)
    }

    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        let mut kept = self.kept();
        let graph = kept
            .get(&page.thread)
            .and_then(|data| data.graphs.get(&page.namespace));
        Ok(graph.map_or_else(|| Ok(Vec::new()), |graph| graph.history(&page))?)
    }

    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        self.kept().change(thread, |data, _| data.delete());
        Ok(())
    }

    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        let mut kept = self.kept();
        kept.make_room(&request.thread, 0)?;
        let thread = request.thread.clone();
        Ok(kept.change_or_begin(&thread, |data| data.acquire(request)))
    }

    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        let mut kept = self.kept();
        let fence = Fence {
            thread: lease.thread.clone(),
            epoch: lease.epoch,
        };
        let done = kept.change(&lease.thread, |data, _| {
            data.check(&fence)?;
            data.held = Some((lease.owner.clone(), now.after(ttl)));
            Ok(())
        });
        done.unwrap_or_else(|| Err(kept.none().fenced(&fence)))
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        self.kept().change(&lease.thread, |data, _| {
            if data.epoch == lease.epoch.0 {
                data.held = None;
            }
        });
        Ok(())
    }

    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        delivery.check()?;
        let mut kept = self.kept();
        let thread = delivery.thread.clone();
        kept.make_room(&thread, delivery.name.len() + delivery.payload.len())?;
        kept.change_or_begin(&thread, |data| data.deliver(delivery))
    }

    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        let mut kept = self.kept();
        let data = kept.get(thread);
        Ok(data.map_or_else(Vec::new, |data| data.events()))
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        let mut kept = self.kept();
        let mut due: Vec<(Timestamp, &ThreadId)> = kept
            .all()
            .filter_map(|(thread, data)| Some((data.wake_at?, thread)))
            .filter(|(at, _)| *at <= now)
            .collect();
        due.sort_unstable();
        due.truncate(limit as usize);
        Ok(due.into_iter().map(|(_, thread)| thread.clone()).collect())
    }

    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        self.kept().change(thread, |data, _| {
            if data.is_known() {
                data.set_wake(wake);
            }
        });
        Ok(())
    }

    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        let mut kept = self.kept();
        let mut copy = ThreadData::default();
        let known = kept.get(from).filter(|data| data.is_known());
        let Some(source) = known else {
            let thread = from.clone();
            return Err(CheckpointError::NoSuchThread { thread });
        };
        source.copy_to(&mut copy);
        kept.make_room(to, copy.bytes())?;
        kept.change_or_begin(to, |target| {
            target.check_new(to)?;
            copy.copy_to(target);
            Ok(())
        })
    }

    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        let pruned = self.kept().change(thread, |data, _| data.prune(what));
        Ok(pruned.unwrap_or(Ok(0))?)
    }

    async fn append_log(&self, append: LogAppend) -> Result<LogPosition, CheckpointError> {
        append.check()?;
        let mut kept = self.kept();
        let fence = append.fence.clone();
        let adds = append.kept().iter().map(Vec::len).sum();
        kept.make_room(&fence.thread, adds)?;
        let done = kept.change(&fence.thread, |data, _| data.append_log(append));
        done.unwrap_or_else(|| Err(kept.none().fenced(&fence)))
    }

    async fn read_log(&self, page: LogPage) -> Result<LogSlice, CheckpointError> {
        let mut kept = self.kept();
        let slice = kept.get(&page.thread).map(|data| data.read_log(&page));
        Ok(slice.unwrap_or_else(|| kept.none().read_log(&page)))
    }
}

/// What a commit adds at least; how its checkpoint packs is not known before.
fn bytes_in(request: &CommitRequest) -> usize {
    let changed = request.changed.iter();
    let changed = changed.map(|(name, value)| name.as_str().len() + value.len());
    changed.sum::<usize>() + bytes_of(&request.records)
}

fn bytes_of(records: &[Record]) -> usize {
    let records = records.iter();
    let records = records.map(|one| one.task.len() + one.key.len() + one.value.len());
    records.sum()
}
