//! One thread in memory: its lease, its graphs, its events and its wake-up.

use std::collections::BTreeSet;

use super::bytes::Writer;
use super::graph::GraphData;
use super::graphs::Graphs;
use super::inbox::{Delivered, Inbox};
use super::log::Log;
use crate::checkpoint::{
    CheckpointError, CodecError, CommitRequest, Delivery, Epoch, Event, EventId, Fence, Lease,
    LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition, LogSlice, OwnerId, Prune,
    RecordsRequest, Retention, Takeover, Wake,
};
use crate::clock::Timestamp;
use crate::id::{Namespace, ThreadId};

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
    /// Of all graphs.
    graph_bytes: usize,
}

/// What a new thread begins above: a thread of its name may have been forgotten, and what
/// it gave must not be given again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Floor {
    pub(super) epoch: u64,
    event: u64,
    position: LogPosition,
}

impl Floor {
    /// Above what this thread has given, too.
    pub(super) fn or_above(self, data: &ThreadData) -> Self {
        let event = data.inbox.as_ref().map_or(0, |inbox| inbox.newest());
        let position = data.newest_position();
        Self {
            epoch: self.epoch.max(data.epoch),
            event: self.event.max(event),
            position: self.position.max(position),
        }
    }
}

impl ThreadData {
    /// One that has nothing yet.
    pub(super) fn above(floor: Floor) -> Self {
        let inbox = (floor.event > 0).then(|| Box::new(Inbox::above(floor.event)));
        let log = (floor.position.0 > 0).then(|| Box::new(Log::above(floor.position)));
        Self {
            epoch: floor.epoch,
            inbox,
            log,
            ..Self::default()
        }
    }

    /// What all that it has takes.
    pub(super) fn bytes(&self) -> usize {
        let inbox = self.inbox.as_ref().map_or(0, |inbox| inbox.bytes());
        let log = self.log.as_ref().map_or(0, |log| log.bytes());
        self.graph_bytes + inbox + log
    }

    /// Whether somebody has the right to advance it.
    pub(super) fn is_held(&self, now: Timestamp) -> bool {
        self.held
            .as_ref()
            .is_some_and(|(_, expires_at)| *expires_at > now)
    }

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

    pub(super) fn acquire(&mut self, request: LeaseRequest) -> LeaseGrant {
        if let Some((by, expires_at)) = &self.held {
            let known_gone = request.takeover == Takeover::FromGone(Epoch(self.epoch));
            if *expires_at > request.now && !known_gone {
                return LeaseGrant::Held {
                    by: by.clone(),
                    epoch: Epoch(self.epoch),
                    expires_at: *expires_at,
                };
            }
        }
        self.epoch += 1;
        self.held = Some((request.owner.clone(), request.now.after(request.ttl)));
        LeaseGrant::Granted(Lease {
            thread: request.thread,
            owner: request.owner,
            epoch: Epoch(self.epoch),
        })
    }

    pub(super) fn check(&self, fence: &Fence) -> Result<(), CheckpointError> {
        if self.held.is_some() && self.epoch == fence.epoch.0 {
            return Ok(());
        }
        Err(self.fenced(fence))
    }

    /// What a writer is told that may not write.
    pub(super) fn fenced(&self, fence: &Fence) -> CheckpointError {
        CheckpointError::Fenced {
            thread: fence.thread.clone(),
            held: fence.epoch,
            current: Epoch(self.epoch),
            holder: self.held.as_ref().map(|(owner, _)| owner.clone()),
        }
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
        let before = graph.bytes();
        graph.commit(
            request.checkpoint,
            request.changed,
            request.records,
            scratch,
        )?;
        self.graph_bytes = self.graph_bytes - before + graph.bytes();
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
        let is_there = graph.as_mut().is_some_and(|graph| {
            let before = graph.bytes();
            let is_there = graph.add_records(id, request.records);
            self.graph_bytes = self.graph_bytes - before + graph.bytes();
            is_there
        });
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
            return Ok(self.newest_position());
        }
        Ok(self.log.get_or_insert_default().append(append))
    }

    /// 0 for none.
    fn newest_position(&self) -> LogPosition {
        self.log.as_ref().map_or(LogPosition(0), |log| log.newest())
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
        self.graph_bytes = 0;
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
        other.graph_bytes = self.graph_bytes;
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
    pub(super) fn prune(&mut self, what: Prune) -> Result<u64, CodecError> {
        let mut retention = Retention::new(what);
        let (mut gone, mut unreadable) = (0, Ok(()));
        self.graphs.retain(|namespace, graph| {
            match prune_graph(&mut retention, namespace, graph) {
                Ok(went) => {
                    gone += went;
                    graph.head().is_some()
                }
                Err(error) => {
                    unreadable = Err(error);
                    true
                }
            }
        });
        self.graph_bytes = self.graphs.all().map(GraphData::bytes).sum();
        unreadable.map(|()| gone as u64)
    }
}

/// How many checkpoints of the graph went.
fn prune_graph(
    retention: &mut Retention,
    namespace: &Namespace,
    graph: &mut GraphData,
) -> Result<usize, CodecError> {
    let ids = graph.ids();
    let mut spared = BTreeSet::new();
    for id in retention.in_question(&ids) {
        let checkpoint = graph.checkpoint(*id)?;
        spared.extend(
            checkpoint
                .filter(|one| retention.spares(one))
                .map(|one| one.id),
        );
    }
    let stay = retention.of_graph(namespace, &ids, spared);
    let left = graph.retain(&stay)?;
    left.iter().for_each(|left| retention.stays(left));
    Ok(ids.len() - stay.len())
}
