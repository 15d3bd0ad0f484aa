//! The events of a thread: those that wait, and the keys of those that were taken.

use std::collections::{BTreeMap, HashMap};

use crate::checkpoint::{CheckpointError, Delivery, Event, EventId, KEYS_MAX};

#[derive(Clone, Debug, Default)]
pub(super) struct Inbox {
    /// Outlives a delete: an id is never given twice.
    newest: u64,
    waiting: BTreeMap<EventId, (Event, Option<String>)>,
    /// Of those that wait, and of those that were taken lately.
    keys: HashMap<String, EventId>,
    taken: BTreeMap<EventId, String>,
    /// Of all of these.
    bytes: usize,
}

/// What came of a delivery.
pub(super) enum Delivered {
    New(EventId),
    /// It was delivered before.
    Known(EventId),
}

/// What an event takes that waits, without its key.
fn bytes_of(event: &Event) -> usize {
    size_of::<(EventId, (Event, Option<String>))>() + event.name.len() + event.payload.len()
}

/// What a key takes, in both of the places where it is.
fn bytes_of_key(key: &str) -> usize {
    2 * (size_of::<(EventId, String)>() + key.len())
}

impl Inbox {
    /// An empty one, whose ids come after this.
    pub(super) fn above(newest: u64) -> Self {
        Self {
            newest,
            ..Self::default()
        }
    }

    /// The newest id that was given, 0 for none.
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether an event above `seen` waits. One that was taken was seen.
    pub(super) fn has_one_after(&self, seen: EventId) -> bool {
        self.waiting
            .keys()
            .next_back()
            .is_some_and(|newest| *newest > seen)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Oldest first.
    pub(super) fn events(&self) -> Vec<Event> {
        let events = self.waiting.values().map(|(event, _)| event.clone());
        events.collect()
    }

    pub(super) fn deliver(&mut self, delivery: Delivery) -> Result<Delivered, CheckpointError> {
        let known = delivery.key.as_ref().and_then(|key| self.keys.get(key));
        if let Some(id) = known {
            return Ok(Delivered::Known(*id));
        }
        delivery.check_waiting(self.waiting.len())?;
        self.newest += 1;
        let id = EventId(self.newest);
        if let Some(key) = &delivery.key {
            self.keys.insert(key.clone(), id);
        }
        let event = Event {
            id,
            name: delivery.name,
            payload: delivery.payload,
            delivered_at: delivery.now,
        };
        self.bytes += bytes_of(&event) + delivery.key.as_deref().map_or(0, bytes_of_key);
        self.waiting.insert(id, (event, delivery.key));
        Ok(Delivered::New(id))
    }

    pub(super) fn take(&mut self, taken: &[EventId]) {
        for id in taken {
            let Some((event, key)) = self.waiting.remove(id) else {
                continue;
            };
            self.bytes -= bytes_of(&event);
            if let Some(key) = key {
                self.taken.insert(*id, key);
            }
        }
        while let Some(oldest) = self.taken.first_entry()
            && oldest.key().0.saturating_add(KEYS_MAX) <= self.newest
        {
            let key = oldest.remove();
            self.bytes -= bytes_of_key(&key);
            self.keys.remove(&key);
        }
    }

    /// Forgets all but which ids were given.
    pub(super) fn clear(&mut self) {
        *self = Self::above(self.newest);
    }

    /// Takes the place of an inbox that gave ids of its own.
    pub(super) fn copy_to(&self, other: &mut Self) {
        let newest = self.newest.max(other.newest);
        *other = Self {
            newest,
            ..self.clone()
        };
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn a_taken_key_is_forgotten_after_enough_newer_events() {
        let keyed = |key: &str| Delivery {
            thread: "t".into(),
            name: "told".to_owned(),
            payload: Vec::new(),
            key: Some(key.to_owned()),
            now: Timestamp(0),
        };
        for (newer, is_known) in [(KEYS_MAX - 1, true), (KEYS_MAX, false)] {
            let mut inbox = Inbox::default();
            inbox.deliver(keyed("taken")).unwrap();
            inbox.take(&[EventId(1)]);
            inbox.newest += newer;
            inbox.take(&[]);
            let again = inbox.deliver(keyed("taken")).unwrap();
            assert_eq!(matches!(again, Delivered::Known(_)), is_known, "{newer}");
        }
    }
}
