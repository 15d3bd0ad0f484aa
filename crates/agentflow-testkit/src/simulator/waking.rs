//! What ends a wait that nobody answers: time passes and events come, early, late and
//! twice; then the thread must be due.

use agentflow_core::checkpoint::{Checkpointer, Delivery, EventId};
use agentflow_core::{Interrupt, ThreadId, WaitsFor};
use futures::FutureExt;

use super::client::THREAD;
use super::features::{SimEvent, TICK};
use super::violation::Violation;
use super::world::{Inner, World};

/// Threads to ask the store for; there is only one.
const DUE_MAX: u32 = 10;

impl World {
    /// Ends what the thread waits for, and says whether somebody who only wakes threads
    /// would go on with it. After a run that ended as it should that must be so.
    pub(super) fn may_be_woken(&self, asked: &[Interrupt]) -> bool {
        let mut inner = self.lock();
        let waits: Vec<&WaitsFor> = asked.iter().map(|asked| &asked.waits_for).collect();
        let events = waits.iter().filter_map(|waits| match waits {
            WaitsFor::Event(name) => Some(name.as_str()),
            _ => None,
        });
        let events: Vec<&str> = events.collect();
        inner.deliver_for(&events);
        let times = waits.iter().filter_map(|waits| match waits {
            WaitsFor::Time(at) => Some(*at),
            _ => None,
        });
        let Some(first) = times.min().or((!events.is_empty()).then_some(inner.now)) else {
            return false;
        };
        inner.now = inner.now.max(first);
        let due = inner.memory.due(inner.now, DUE_MAX).now_or_never();
        let due = due.and_then(Result::ok).unwrap_or_default();
        let is_due = due.contains(&ThreadId::from(THREAD));
        if !is_due && inner.is_settled {
            let waits = format!("{waits:?}");
            inner.violated(Violation::NotDue { waits });
        }
        let is_calm = inner.weather.left == 0;
        is_due && (is_calm || inner.random.chance(70))
    }
}

impl Inner {
    /// Sees to it that each of these waits finds an event.
    fn deliver_for(&mut self, waits: &[&str]) {
        let ticks = waits.iter().filter(|name| **name == TICK).count();
        let there = self.free_events();
        let there = there.iter().filter(|name| *name == TICK).count();
        for _ in there..ticks {
            let key = format!("tick {}", self.delivered.len());
            self.deliver(TICK, &key);
        }
        for name in waits.iter().filter(|name| **name != TICK) {
            self.deliver(name, name);
        }
    }

    /// The names of events that no wait was given.
    fn free_events(&self) -> Vec<String> {
        let events = self.memory.events(&THREAD.into()).now_or_never();
        let events = events.and_then(Result::ok).unwrap_or_default().into_iter();
        let free = events.filter(|event| !self.witness.given.contains_key(&event.id.0));
        free.map(|event| event.name).collect()
    }

    /// An event that somebody will wait for, some time, comes now.
    pub(super) fn deliver_early(&mut self) {
        if self.foreseen.is_empty() {
            return;
        }
        let place = self.random.below(self.foreseen.len());
        let name = self.foreseen[place].clone();
        let key = if name == TICK {
            format!("tick {}", self.delivered.len())
        } else {
            name.clone()
        };
        self.deliver(&name, &key);
    }

    fn deliver(&mut self, name: &str, key: &str) {
        let percent = self.weather.again;
        let times = 1 + u32::from(self.random.chance(percent));
        for _ in 0..times {
            let event = SimEvent {
                name: name.to_owned(),
            };
            let delivery = Delivery {
                thread: THREAD.into(),
                name: name.to_owned(),
                payload: serde_json::to_vec(&event).expect("an event encodes"),
                key: Some(key.to_owned()),
                now: self.now,
            };
            let delivered = self.memory.deliver(delivery).now_or_never();
            let Some(Ok(EventId(id))) = delivered else {
                unreachable!("the memory store takes a few small events at once")
            };
            self.report.events += 1;
            self.journal
                .note(|| format!("event {id}, `{name}`, is delivered"));
            let first = *self.delivered.entry(key.to_owned()).or_insert(EventId(id));
            if first.0 != id {
                self.violated(Violation::DeliveredTwice {
                    key: key.to_owned(),
                    first: first.0,
                    then: id,
                });
            }
        }
    }

    /// Whether what waits were given is gone from the thread, now that it is done.
    pub(super) fn check_events_taken(&mut self) {
        // A superstep that was given up has taken nothing.
        if self.plan.has_edits() {
            return;
        }
        let events = self.memory.events(&THREAD.into()).now_or_never();
        let left = events.and_then(Result::ok).unwrap_or_default();
        for event in left {
            if self.witness.given.contains_key(&event.id.0) {
                let event = event.id.0;
                self.violated(Violation::EventNotTaken { event });
            }
        }
    }
}
