//! Gates: whatever a run waits for stands before one, until the director opens it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use agentflow_core::Timestamp;

use super::network::{Reply, Request};
use super::world::{RunId, World};

/// Gates in the order in which they were reached.
#[derive(Debug, Default)]
pub(super) struct Gates {
    made: u64,
    pub(super) closed: BTreeMap<u64, Gate>,
    /// Replies of the store that were let through and not yet taken.
    pub(super) answered: BTreeMap<u64, Reply>,
}

/// One gate.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) run: RunId,
    pub(super) waits: Waits,
    pub(super) waker: Option<Waker>,
    /// Nobody waits any more, but the request is on its way.
    pub(super) is_late: bool,
}

/// What waits before a gate.
#[derive(Debug)]
pub(super) enum Waits {
    Node,
    Effect,
    Until(Timestamp),
    Request(Box<Request>),
    Answer(Box<Reply>),
}

impl Gates {
    pub(super) fn close(&mut self, run: RunId, waits: Waits) -> u64 {
        self.made += 1;
        let gate = Gate {
            run,
            waits,
            waker: None,
            is_late: false,
        };
        self.closed.insert(self.made, gate);
        self.made
    }

    /// The gates that may open without time passing, in order.
    pub(super) fn ready(&self, now: Timestamp) -> impl Iterator<Item = (u64, RunId)> {
        let ready = self
            .closed
            .iter()
            .filter(move |(_, gate)| match gate.waits {
                Waits::Until(due) => due <= now,
                _ => true,
            });
        ready.map(|(id, gate)| (*id, gate.run))
    }

    /// The gate that time opens next.
    pub(super) fn earliest(&self) -> Option<(Timestamp, u64)> {
        let timers = self
            .closed
            .iter()
            .filter_map(|(id, gate)| match gate.waits {
                Waits::Until(due) => Some((due, *id)),
                _ => None,
            });
        timers.min()
    }
}

/// Waits before a gate.
#[derive(Debug)]
#[must_use = "a gate holds only who waits before it"]
pub(super) struct Pass {
    world: World,
    gate: u64,
}

impl Pass {
    pub(super) fn new(world: World, gate: u64) -> Self {
        Self { world, gate }
    }
}

impl Future for Pass {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut world = self.world.lock();
        match world.gates.closed.get_mut(&self.gate) {
            Some(gate) => {
                gate.waker = Some(cx.waker().clone());
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.world.lock().gates.closed.remove(&self.gate);
    }
}
