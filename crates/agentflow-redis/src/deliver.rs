//! Keeps what a thread is told until a superstep takes it.

use agentflow_core::checkpoint::{CheckpointError, Delivery, EVENTS_MAX, Event, EventId};
use agentflow_core::{ThreadId, Timestamp};

use crate::number::{moment, parse_moment};
use crate::script::{DELIVER, EVENTS};
use crate::store::Store;

impl Store {
    pub(crate) async fn deliver(&self, delivery: &Delivery) -> Result<EventId, CheckpointError> {
        delivery.check()?;
        let now = moment(delivery.now);
        let event = encode(delivery);
        let call = |claim: &str| {
            let call = self
                .writes(&DELIVER, &delivery.thread)
                .with(&now)
                .with(claim)
                .with_count(EVENTS_MAX)
                .with(&event);
            match &delivery.key {
                Some(key) => call.with("1").with(key),
                // Nothing tells a second sending from a second event.
                None => call.with("").with("").at_most_once(),
            }
        };
        let claimed = self.claimed(&delivery.thread, Some(delivery.now), call);
        let (status, mut answer) = claimed.await?;
        let number = answer.number()?;
        if status == "told" {
            return Ok(EventId(number));
        }
        delivery.check_waiting(usize::try_from(number).unwrap_or(usize::MAX))?;
        Err(self.unreadable("an answer").into())
    }

    pub(crate) async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        let mut answer = self.server.run(&self.on(&EVENTS, thread)).await?;
        let names = answer.list()?.texts()?;
        let values = answer.list()?.optionals()?;
        let events = names.iter().zip(values).map(|(name, value)| {
            let id = name.strip_prefix("e:").and_then(crate::number::parse);
            decode(EventId(id?), &value?)
        });
        let events: Option<Vec<_>> = events.collect();
        Ok(events.ok_or_else(|| self.unreadable("an event"))?)
    }
}

/// `moment:length of name:name and payload`.
fn encode(delivery: &Delivery) -> Vec<u8> {
    let (at, name) = (moment(delivery.now), &delivery.name);
    let mut event = format!("{at}:{}:{name}", name.len()).into_bytes();
    event.extend_from_slice(&delivery.payload);
    event
}

fn decode(id: EventId, event: &[u8]) -> Option<Event> {
    let mut parts = event.splitn(3, |byte| *byte == b':');
    let mut text = || std::str::from_utf8(parts.next()?).ok();
    let delivered_at: Timestamp = parse_moment(text()?)?;
    let length = text()?.parse().ok()?;
    let (name, payload) = parts.next()?.split_at_checked(length)?;
    Some(Event {
        id,
        name: String::from_utf8(name.to_vec()).ok()?,
        payload: payload.to_vec(),
        delivered_at,
    })
}
