//! Calls on their way to the store and back. One may get lost before or after it was
//! done, be done twice, and arrive after whoever sent it is gone.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use agentflow_core::checkpoint::{
    Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery, Event, EventId,
    HistoryPage, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition, LogSlice,
    OwnerId, Prune, RecordKind, RecordsRequest, Stored, Wake,
};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};
use futures::FutureExt;

use super::gates::Waits;
use super::ledger::Receipt;
use super::store::BACKEND;
use super::world::{Inner, RunId, World};

/// A call.
#[derive(Clone, Debug)]
pub(super) enum Request {
    Commit(CommitRequest),
    Save(RecordsRequest),
    Load {
        thread: ThreadId,
        namespace: Namespace,
        id: Option<CheckpointId>,
    },
    History(HistoryPage),
    Delete(ThreadId),
    Acquire(LeaseRequest),
    Renew {
        lease: Lease,
        now: Timestamp,
        ttl: Duration,
    },
    Release(Lease),
    Deliver(Delivery),
    Events(ThreadId),
    Due(Timestamp, u32),
    Snooze(ThreadId, Wake),
    Copy(ThreadId, ThreadId),
    Prune(ThreadId, Prune),
    AppendLog(LogAppend),
    ReadLog(LogPage),
}

/// What came of it.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "few at a time, and each is soon gone"
)]
pub(super) enum Reply {
    Done(Result<(), CheckpointError>),
    Loaded(Result<Option<Stored>, CheckpointError>),
    Listed(Result<Vec<Checkpoint>, CheckpointError>),
    Granted(Result<LeaseGrant, CheckpointError>),
    Delivered(Result<EventId, CheckpointError>),
    Told(Result<Vec<Event>, CheckpointError>),
    Woken(Result<Vec<ThreadId>, CheckpointError>),
    Pruned(Result<u64, CheckpointError>),
    Logged(Result<LogPosition, CheckpointError>),
    Sliced(Result<LogSlice, CheckpointError>),
}

/// Why a call failed that the world made fail.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the {0} was lost")]
pub(super) struct Lost(&'static str);

macro_rules! in_kind {
    ($($name:ident: $kind:ident => $result:ty;)+) => {
        impl Reply {
            $(pub(super) fn $name(self) -> Result<$result, CheckpointError> {
                match self {
                    Self::$kind(result) => result,
                    other => unreachable!("a call is answered in kind, not by {other:?}"),
                }
            })+

            pub(super) fn error(&self) -> Option<&CheckpointError> {
                match self {
                    $(Self::$kind(result) => result.as_ref().err(),)+
                }
            }
        }
    };
}

in_kind! {
    done: Done => ();
    loaded: Loaded => Option<Stored>;
    listed: Listed => Vec<Checkpoint>;
    granted: Granted => LeaseGrant;
    delivered: Delivered => EventId;
    told: Told => Vec<Event>;
    woken: Woken => Vec<ThreadId>;
    pruned: Pruned => u64;
    logged: Logged => LogPosition;
    sliced: Sliced => LogSlice;
}

impl Request {
    fn lost(&self, what: &'static str) -> Reply {
        let error = CheckpointError::Unavailable {
            backend: BACKEND,
            source: Lost(what).into(),
        };
        match self {
            Self::Load { .. } => Reply::Loaded(Err(error)),
            Self::History(_) => Reply::Listed(Err(error)),
            Self::Acquire(_) => Reply::Granted(Err(error)),
            Self::Deliver(_) => Reply::Delivered(Err(error)),
            Self::Events(_) => Reply::Told(Err(error)),
            Self::Due(..) => Reply::Woken(Err(error)),
            Self::Prune(..) => Reply::Pruned(Err(error)),
            Self::AppendLog(_) => Reply::Logged(Err(error)),
            Self::ReadLog(_) => Reply::Sliced(Err(error)),
            _ => Reply::Done(Err(error)),
        }
    }

    pub(super) fn is_write(&self) -> bool {
        matches!(self, Self::Commit(_) | Self::Save(_))
    }

    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Commit(commit) => {
                let checkpoint = &commit.checkpoint;
                let place = format!(
                    "checkpoint {} of superstep {}",
                    checkpoint.id, checkpoint.step
                );
                format!(
                    "commit of {place} in `{}`, epoch {}",
                    commit.namespace, commit.fence.epoch
                )
            }
            Self::Save(save) => {
                let kinds: Vec<_> = save
                    .records
                    .iter()
                    .map(|record| format!("{} of {}", record.kind.as_str(), record.task))
                    .collect();
                let place = format!(
                    "checkpoint {} in `{}`",
                    save.checkpoint.id, save.checkpoint.namespace
                );
                format!(
                    "save of {} on {place}, epoch {}",
                    kinds.join(", "),
                    save.fence.epoch
                )
            }
            Self::Load { namespace, .. } => format!("load of `{namespace}`"),
            Self::History(_) => "history".to_owned(),
            Self::Delete(_) => "delete".to_owned(),
            Self::Acquire(request) => format!("acquire of the lease, {:?}", request.takeover),
            Self::Renew { lease, .. } => format!("renewal of epoch {}", lease.epoch),
            Self::Release(lease) => format!("release of epoch {}", lease.epoch),
            Self::Deliver(delivery) => format!("delivery of `{}`", delivery.name),
            Self::Events(_) => "look at the events".to_owned(),
            Self::Due(..) => "look at who is due".to_owned(),
            Self::Snooze(_, wake) => format!("snooze, {wake:?}"),
            Self::Copy(_, to) => format!("copy to `{to}`"),
            Self::Prune(_, what) => format!("prune by {what:?}"),
            Self::AppendLog(append) => format!("append, epoch {}", append.fence.epoch),
            Self::ReadLog(page) => format!("look at the log after {}", page.after),
        }
    }
}

impl World {
    /// Sends a call to the store.
    pub(super) fn call(&self, mut request: Request) -> Ticket {
        let mut inner = self.lock();
        let Some(run) = inner.polled else {
            // A client that only looks is not disturbed: what it sees decides what comes next.
            let reply = inner.perform(request);
            return Ticket {
                world: self.clone(),
                gate: None,
                reply: Some(reply),
            };
        };
        if let Request::Acquire(wish) = &mut request
            && inner.weather.is_apart
        {
            wish.owner = OwnerId(format!("machine {run}"));
        }
        let gate = inner.gates.close(run, Waits::Request(Box::new(request)));
        drop(inner);
        Ticket {
            world: self.clone(),
            gate: Some(gate),
            reply: None,
        }
    }
}

/// A call under way.
#[must_use = "a call is answered to who waits for it"]
pub(super) struct Ticket {
    world: World,
    gate: Option<u64>,
    reply: Option<Reply>,
}

impl Future for Ticket {
    type Output = Reply;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Reply> {
        if let Some(reply) = self.reply.take() {
            return Poll::Ready(reply);
        }
        let gate = self
            .gate
            .expect("a call without a gate was answered at once");
        let mut inner = self.world.lock();
        if let Some(reply) = inner.gates.answered.remove(&gate) {
            return Poll::Ready(reply);
        }
        if let Some(gate) = inner.gates.closed.get_mut(&gate) {
            gate.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let Some(id) = self.gate else { return };
        let mut inner = self.world.lock();
        inner.gates.answered.remove(&id);
        let percent = inner.weather.late;
        let is_late = inner.random.chance(percent);
        match inner.gates.closed.get_mut(&id) {
            Some(gate) if is_late && matches!(gate.waits, Waits::Request(_)) => {
                gate.is_late = true;
                gate.waker = None;
            }
            _ => drop(inner.gates.closed.remove(&id)),
        }
    }
}

impl Inner {
    /// The request arrives: it is done, or the world plays one of its tricks.
    pub(super) fn arrive(&mut self, run: RunId, request: Request, is_late: bool) -> Reply {
        let weather = self.weather;
        if !is_late && self.strikes(weather.lost_request) {
            self.fault(run, &request, "lost");
            self.excuse_effects_of(&request);
            return request.lost("request");
        }
        if !is_late && self.strikes(weather.lost_answer) {
            self.fault(run, &request, "done, its answer lost");
            let lost = request.lost("answer");
            self.perform_for(run, request, is_late);
            return lost;
        }
        if request.is_write() && self.strikes(weather.twice) {
            self.report.faults += 1;
            self.journal
                .note(|| format!("run {run}: {} is delivered twice", request.in_words()));
            let reply = self.perform_for(run, request.clone(), is_late);
            // The witness sees to it that the second one changes nothing.
            self.perform_again(run, request);
            return reply;
        }
        self.perform_for(run, request, is_late)
    }

    /// A result that could not be stored is as good as none.
    fn excuse_effects_of(&mut self, request: &Request) {
        let Request::Save(save) = request else { return };
        for record in &save.records {
            if record.kind == RecordKind::Once
                && let Ok(receipt) = serde_json::from_slice::<Receipt>(&record.value)
            {
                self.ledger.excuse(receipt.effect);
            }
        }
    }

    fn fault(&mut self, run: RunId, request: &Request, how: &str) {
        self.report.faults += 1;
        self.runs[run as usize].faults += 1;
        self.journal
            .note(|| format!("run {run}: {} is {how}", request.in_words()));
    }

    fn perform_for(&mut self, run: RunId, request: Request, is_late: bool) -> Reply {
        let seen = request.clone();
        let reply = self.perform(request);
        let outcome = || {
            reply
                .error()
                .map_or("is done".to_owned(), |error| format!("is refused: {error}"))
        };
        self.journal.note(|| {
            let late = if is_late { ", late," } else { "" };
            format!("run {run}: {}{late} {}", seen.in_words(), outcome())
        });
        self.witnessed(run, &seen, &reply, is_late);
        reply
    }

    fn perform_again(&mut self, run: RunId, request: Request) {
        let seen = request.clone();
        let reply = self.perform(request);
        self.witnessed_again(run, &seen, &reply);
    }

    fn perform(&self, request: Request) -> Reply {
        let memory = &self.memory;
        match request {
            Request::Commit(request) => Reply::Done(at_once(memory.commit(request))),
            Request::Save(request) => Reply::Done(at_once(memory.save_records(request))),
            Request::Load {
                thread,
                namespace,
                id,
            } => Reply::Loaded(at_once(memory.load(&thread, &namespace, id))),
            Request::History(page) => Reply::Listed(at_once(memory.history(page))),
            Request::Delete(thread) => Reply::Done(at_once(memory.delete_thread(&thread))),
            Request::Acquire(request) => Reply::Granted(at_once(memory.acquire_lease(request))),
            Request::Renew { lease, now, ttl } => {
                Reply::Done(at_once(memory.renew_lease(&lease, now, ttl)))
            }
            Request::Release(lease) => Reply::Done(at_once(memory.release_lease(&lease))),
            Request::Deliver(delivery) => Reply::Delivered(at_once(memory.deliver(delivery))),
            Request::Events(thread) => Reply::Told(at_once(memory.events(&thread))),
            Request::Due(now, limit) => Reply::Woken(at_once(memory.due(now, limit))),
            Request::Snooze(thread, wake) => Reply::Done(at_once(memory.snooze(&thread, wake))),
            Request::Copy(from, to) => Reply::Done(at_once(memory.copy_thread(&from, &to))),
            Request::Prune(thread, what) => Reply::Pruned(at_once(memory.prune(&thread, what))),
            Request::AppendLog(append) => Reply::Logged(at_once(memory.append_log(append))),
            Request::ReadLog(page) => Reply::Sliced(at_once(memory.read_log(page))),
        }
    }
}

fn at_once<T>(call: impl Future<Output = T>) -> T {
    call.now_or_never().expect("the memory store never waits")
}
