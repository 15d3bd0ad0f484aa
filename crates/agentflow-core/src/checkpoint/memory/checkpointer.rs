//! The memory store behind its lock: finds the thread of a call.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::bytes::Writer;
use super::thread::{ThreadData, fenced};
use crate::checkpoint::{
    Capabilities, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery, Epoch, Event,
    EventId, Fence, HistoryPage, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition,
    LogSlice, RecordsRequest, Stored, Takeover, Wake,
};
use crate::clock::Timestamp;
use crate::id::{CheckpointId, Namespace, ThreadId};

/// Keeps checkpoints until it is dropped.
#[derive(Debug, Default)]
pub struct MemoryCheckpointer {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Boxed, since a map keeps room for more of them than it has.
    threads: HashMap<ThreadId, Box<ThreadData>>,
    /// For what is being packed.
    scratch: Writer,
}

impl MemoryCheckpointer {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
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
        let Kept { threads, scratch } = &mut *self.kept();
        match threads.get_mut(&request.fence.thread) {
            Some(data) => data.commit(request, scratch),
            None => Err(fenced(&request.fence, 0, None)),
        }
    }

    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        match self.kept().threads.get_mut(&request.fence.thread) {
            Some(data) => data.save_records(request),
            None => Err(fenced(&request.fence, 0, None)),
        }
    }

    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        let threads = &self.kept().threads;
        let graph = threads
            .get(thread)
            .and_then(|data| data.graphs.get(namespace));
        let Some((graph, id)) = graph.and_then(|graph| Some((graph, id.or(graph.head())?))) else {
            return Ok(None);
        };
        Ok(graph.stored(id)?)
    }

    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        let threads = &self.kept().threads;
        let graph = threads
            .get(&page.thread)
            .and_then(|data| data.graphs.get(&page.namespace));
        Ok(graph.map_or_else(|| Ok(Vec::new()), |graph| graph.history(&page))?)
    }

    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        if let Some(data) = self.kept().threads.get_mut(thread) {
            data.delete();
        }
        Ok(())
    }

    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        let threads = &mut self.kept().threads;
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
        let threads = &mut self.kept().threads;
        let data = threads.entry(lease.thread.clone()).or_default();
        data.check(&Fence {
            thread: lease.thread.clone(),
            epoch: lease.epoch,
        })?;
        data.held = Some((lease.owner.clone(), now.after(ttl)));
        Ok(())
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        if let Some(data) = self.kept().threads.get_mut(&lease.thread)
            && data.epoch == lease.epoch.0
        {
            data.held = None;
        }
        Ok(())
    }

    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        delivery.check()?;
        let threads = &mut self.kept().threads;
        let data = threads.entry(delivery.thread.clone()).or_default();
        data.deliver(delivery)
    }

    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        let threads = &self.kept().threads;
        let data = threads.get(thread);
        Ok(data.map_or_else(Vec::new, |data| data.events()))
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        let threads = &self.kept().threads;
        let mut due: Vec<(Timestamp, &ThreadId)> = threads
            .iter()
            .filter_map(|(thread, data)| Some((data.wake_at?, thread)))
            .filter(|(at, _)| *at <= now)
            .collect();
        due.sort_unstable();
        due.truncate(limit as usize);
        Ok(due.into_iter().map(|(_, thread)| thread.clone()).collect())
    }

    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        if let Some(data) = self.kept().threads.get_mut(thread)
            && data.is_known()
        {
            data.set_wake(wake);
        }
        Ok(())
    }

    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        let threads = &mut self.kept().threads;
        let known = threads.get(from).filter(|data| data.is_known());
        let Some(source) = known else {
            let thread = from.clone();
            return Err(CheckpointError::NoSuchThread { thread });
        };
        let mut copy = ThreadData::default();
        source.copy_to(&mut copy);
        let target = threads.entry(to.clone()).or_default();
        target.check_new(to)?;
        copy.copy_to(target);
        Ok(())
    }

    async fn prune(&self, thread: &ThreadId, keep: u32) -> Result<u64, CheckpointError> {
        let threads = &mut self.kept().threads;
        let data = threads.get_mut(thread);
        Ok(data.map_or(Ok(0), |data| data.prune(keep))?)
    }

    async fn append_log(&self, append: LogAppend) -> Result<LogPosition, CheckpointError> {
        append.check()?;
        match self.kept().threads.get_mut(&append.fence.thread) {
            Some(data) => data.append_log(append),
            None => Err(fenced(&append.fence, 0, None)),
        }
    }

    async fn read_log(&self, page: LogPage) -> Result<LogSlice, CheckpointError> {
        let threads = &self.kept().threads;
        let data = threads.get(&page.thread);
        Ok(data.map_or_else(
            || ThreadData::default().read_log(&page),
            |data| data.read_log(&page),
        ))
    }
}
