//! Who tells a thread something, or looks after its wake-up, without a lease.

use agentflow_core::checkpoint::{Delivery, Event, EventId, Wake};
use agentflow_core::{ThreadId, Timestamp};

use super::writer::{NOW, Store};

/// An event whose payload is its name.
pub(super) fn delivery(thread: impl Into<ThreadId>, name: &str) -> Delivery {
    Delivery {
        thread: thread.into(),
        name: name.to_owned(),
        payload: name.as_bytes().to_vec(),
        key: None,
        now: NOW,
    }
}

pub(super) fn keyed(thread: impl Into<ThreadId>, name: &str, key: &str) -> Delivery {
    Delivery {
        key: Some(key.to_owned()),
        ..delivery(thread, name)
    }
}

pub(super) async fn deliver(store: &Store, delivery: Delivery) -> EventId {
    let delivered = store.deliver(delivery).await;
    delivered.expect("a checkpointer that works takes events")
}

pub(super) async fn waiting(store: &Store, thread: impl Into<ThreadId>) -> Vec<Event> {
    let events = store.events(&thread.into()).await;
    events.expect("a checkpointer that works lists events")
}

/// The names of the events that wait, oldest first.
pub(super) async fn names(store: &Store, thread: impl Into<ThreadId>) -> Vec<String> {
    let events = waiting(store, thread).await;
    events.into_iter().map(|event| event.name).collect()
}

pub(super) async fn due(store: &Store, now: Timestamp, limit: u32) -> Vec<String> {
    let due = store.due(now, limit).await;
    let due = due.expect("a checkpointer that works lists threads");
    due.iter()
        .map(|thread| thread.as_str().to_owned())
        .collect()
}

pub(super) async fn snooze(store: &Store, thread: impl Into<ThreadId>, wake: Wake) {
    let snoozed = store.snooze(&thread.into(), wake).await;
    snoozed.expect("a checkpointer that works sets wake-ups");
}
