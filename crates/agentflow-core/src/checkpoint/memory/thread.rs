//! One thread in memory: its lease, its graphs, its events and its wake-up.

use super::bytes::Writer;
use super::graph::GraphData;
use super::graphs::Graphs;
use super::inbox::{Delivered, Inbox};
use super::log::Log;
use crate::checkpoint::{
    CheckpointError, CodecError, CommitRequest, Delivery, Epoch, Event, EventId, Fence, LogAppend,
    LogPage, LogPosition, LogSlice, OwnerId, RecordsRequest, Retention, Wake,
};
use crate::clock::Timestamp;
use crate::id::ThreadId;

#[derive(Debug, Default)]
pub(super) struct ThreadData {
    pub(super) epoch: u64,
    pub(super) held: Option<(OwnerId, Timestamp)>,
    pub(super) graphs: Graphs,
    /// None if there never was an event.
    inbox: Option<Box<Inbox>>,
    /// None if nothing was ever appended.
    log: Option<Box<Log>>,
    pub(super) wake_at: Option<Timestamp>,
}

impl ThreadData {
    /// Whether there is anything in it but a lease, past or present.
    pub(super) fn is_known(&self) -> bool {
        !self.graphs.is_empty() || self.has_events()
    }

    fn has_events(&self) -> bool {
        self.inbox.as_ref().is_some_and(|inbox| !inbox.is_empty())
    }

    /// Oldest first.
    pub(super) fn events(&self) -> Vec<Event> {
        self.inbox
            .as_ref()
            .map_or_else(Vec::new, |inbox| inbox.events())
    }

    pub(super) fn check(&self, fence: &Fence) -> Result<(), CheckpointError> {
        if self.held.is_some() && self.epoch == fence.epoch.0 {
            return Ok(());
        }
        let holder = self.held.as_ref().map(|(owner, _)| owner.clone());
        Err(fenced(fence, self.epoch, holder))
    }

    pub(super) fn commit(
        &mut self,
        request: CommitRequest,
        scratch: &mut Writer,
    ) -> Result<(), CheckpointError> {
        self.check(&request.fence)?;
        match self.graphs.get(&request.namespace) {
            Some(graph) => graph.check(&request)?,
            None => GraphData::default().check(&request)?,
        }
        let is_root = request.namespace.is_root();
        let graph = self.graphs.get_or_new(request.namespace);
        graph.commit(
            request.checkpoint,
            request.changed,
            request.records,
            scratch,
        )?;
        if is_root {
            self.wake_at = None;
        }
        if let Some(inbox) = &mut self.inbox {
            inbox.take(&request.taken);
        }
        Ok(())
    }

    pub(super) fn save_records(&mut self, request: RecordsRequest) -> Result<(), CheckpointError> {
        self.check(&request.fence)?;
        let id = request.checkpoint.id;
        let mut graph = self.graphs.get_mut(&request.checkpoint.namespace);
        let is_there = graph
            .as_mut()
            .is_some_and(|graph| graph.add_records(id, request.records));
        if !is_there {
            return Err(CheckpointError::Conflict {
                thread: request.fence.thread,
                expected: Some(id),
                found: graph.and_then(|graph| graph.head()),
            });
        }
        self.set_wake(request.wake);
        Ok(())
    }

    pub(super) fn deliver(&mut self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        let now = delivery.now;
        match self.inbox.get_or_insert_default().deliver(delivery)? {
            Delivered::Known(id) => Ok(id),
            Delivered::New(id) => {
                self.wake_at = Some(self.wake_at.map_or(now, |at| at.min(now)));
                Ok(id)
            }
        }
    }

    pub(super) fn set_wake(&mut self, wake: Wake) {
        match wake {
            Wake::Keep => {}
            Wake::At(at) => self.wake_at = Some(at),
            Wake::Never => self.wake_at = None,
            Wake::AfterEvents { seen, time } if self.has_event_after(seen) => {
                let earlier = |at: Timestamp| time.map_or(at, |time| time.min(at));
                self.wake_at = self.wake_at.map(earlier).or(time);
            }
            Wake::AfterEvents { time, .. } => self.wake_at = time,
        }
    }

    fn has_event_after(&self, seen: EventId) -> bool {
        let inbox = self.inbox.as_ref();
        inbox.is_some_and(|inbox| inbox.has_one_after(seen))
    }

    pub(super) fn append_log(&mut self, append: LogAppend) -> Result<LogPosition, CheckpointError> {
        self.check(&append.fence)?;
        if append.entries.is_empty() {
            return Ok(self.log.as_ref().map_or(LogPosition(0), |log| log.newest()));
        }
        Ok(self.log.get_or_insert_default().append(append))
    }

    pub(super) fn read_log(&self, page: &LogPage) -> LogSlice {
        match &self.log {
            Some(log) => log.read(page),
            None => Log::default().read(page),
        }
    }

    /// Forgets all but what must never be given again: a zombie of the deleted thread
    /// must not write into a new one.
    pub(super) fn delete(&mut self) {
        self.graphs = Graphs::default();
        if let Some(inbox) = &mut self.inbox {
            inbox.clear();
        }
        if let Some(log) = &mut self.log {
            log.clear();
        }
        self.wake_at = None;
    }

    /// Refuses a thread that a copy would change.
    pub(super) fn check_new(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        let thread = thread.clone();
        if let Some(graph) = self.graphs.all().next() {
            return Err(CheckpointError::Conflict {
                thread,
                expected: None,
                found: graph.head(),
            });
        }
        if self.has_events() {
            return Err(CheckpointError::NotNew { thread });
        }
        Ok(())
    }

    pub(super) fn copy_to(&self, other: &mut Self) {
        other.graphs = self.graphs.clone();
        match (&self.inbox, &mut other.inbox) {
            (Some(inbox), other) => inbox.copy_to(other.get_or_insert_default()),
            (None, Some(other)) => other.clear(),
            (None, None) => {}
        }
        if let Some(log) = &mut other.log {
            log.clear();
        }
        other.wake_at = self.wake_at;
    }

    /// How many checkpoints went.
    pub(super) fn prune(&mut self, keep: u32) -> Result<u64, CodecError> {
        let mut retention = Retention::newest(keep);
        let (mut gone, mut unreadable) = (0, Ok(()));
        self.graphs.retain(|namespace, graph| {
            let ids = graph.ids();
            let stay = retention.of_graph(namespace, &ids);
            match graph.retain(&stay) {
                Ok(left) => {
                    gone += ids.len() - stay.len();
                    left.iter().for_each(|left| retention.stays(left));
                    !stay.is_empty()
                }
                Err(error) => {
                    unreadable = Err(error);
                    true
                }
            }
        });
        unreadable.map(|()| gone as u64)
    }
}

pub(super) fn fenced(fence: &Fence, current: u64, holder: Option<OwnerId>) -> CheckpointError {
    CheckpointError::Fenced {
        thread: fence.thread.clone(),
        held: fence.epoch,
        current: Epoch(current),
        holder,
    }
}
