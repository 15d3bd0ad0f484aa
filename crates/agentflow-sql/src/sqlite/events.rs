//! Keeps what a thread is told until a superstep takes it.

use agentflow_core::checkpoint::{Delivery, EVENTS_MAX, Event, EventId, KEYS_MAX};
use agentflow_core::{ThreadId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::failure::Failure;
use crate::limits::{absent, number};

/// How many events wait; 0 also where their numbers say that the limit is far: to
/// count them for each new one would cost by how many there are.
const WAITING: &str = "
    SELECT CASE WHEN t.newest_event - (SELECT min(id) FROM events WHERE thread = ?1) + 1 < ?2
           THEN 0 ELSE (SELECT count(*) FROM events WHERE thread = ?1) END
    FROM threads t WHERE t.thread = ?1";

/// The next number, and the thread awake at `?2` if it does not wake earlier.
const NUMBER: &str = "
    INSERT INTO threads (thread, epoch, owner, expires_at, wake_at, newest_event)
    VALUES (?1, 0, NULL, 0, ?2, 1)
    ON CONFLICT DO UPDATE
    SET newest_event = newest_event + 1, wake_at = min(coalesce(wake_at, ?2), ?2)
    RETURNING newest_event";

const KNOWN: &str = "SELECT event FROM event_keys WHERE thread = ?1 AND key = ?2";

const ADD: &str =
    "INSERT INTO events (thread, id, name, payload, delivered_at) VALUES (?1, ?2, ?3, ?4, ?5)";

const ADD_KEY: &str = "INSERT INTO event_keys (thread, key, event, taken) VALUES (?1, ?2, ?3, 0)";

const TAKE: &str = "DELETE FROM events WHERE thread = ?1 AND id = ?2";

const TAKE_KEY: &str = "UPDATE event_keys SET taken = 1 WHERE thread = ?1 AND event = ?2";

/// Keys of taken events stay until `?2` newer events came.
const FORGET_KEYS: &str = "
    DELETE FROM event_keys
    WHERE thread = ?1 AND taken = 1
      AND event <= (SELECT newest_event FROM threads WHERE thread = ?1) - ?2";

const LIST: &str =
    "SELECT id, name, payload, delivered_at FROM events WHERE thread = ?1 ORDER BY id";

/// Refuses before the first statement that writes.
pub(super) fn deliver(conn: &Connection, delivery: &Delivery) -> Result<EventId, Failure> {
    let thread = delivery.thread.as_str();
    if let Some(key) = &delivery.key {
        let mut known = conn.prepare_cached(KNOWN)?;
        let known = known.query_row([thread, key.as_str()], |row| row.get(0));
        if let Some(id) = known.optional()? {
            return Ok(EventId(number(id)));
        }
    }
    let events_max = i64::try_from(EVENTS_MAX).unwrap_or(i64::MAX);
    let waiting: Option<i64> = conn
        .prepare_cached(WAITING)?
        .query_row(params![thread, events_max], |row| row.get(0))
        .optional()?;
    let waiting = usize::try_from(waiting.unwrap_or(0)).unwrap_or(usize::MAX);
    delivery.check_waiting(waiting).map_err(Failure::Refused)?;
    Ok(insert(conn, delivery)?)
}

fn insert(conn: &Connection, delivery: &Delivery) -> Result<EventId, rusqlite::Error> {
    let (thread, now) = (delivery.thread.as_str(), delivery.now.0);
    let id: i64 = conn
        .prepare_cached(NUMBER)?
        .query_row(params![thread, now], |row| row.get(0))?;
    let row = params![thread, id, delivery.name, delivery.payload, now];
    conn.prepare_cached(ADD)?.execute(row)?;
    if let Some(key) = &delivery.key {
        let row = params![thread, key, id];
        conn.prepare_cached(ADD_KEY)?.execute(row)?;
    }
    Ok(EventId(number(id)))
}

/// Part of a commit's transaction.
pub(super) fn take(
    conn: &Connection,
    thread: &ThreadId,
    taken: &[EventId],
) -> Result<(), rusqlite::Error> {
    if taken.is_empty() {
        return Ok(());
    }
    let thread = thread.as_str();
    for sql in [TAKE, TAKE_KEY] {
        let mut take = conn.prepare_cached(sql)?;
        for event in taken {
            take.execute(params![thread, absent(event.0)])?;
        }
    }
    let keys_max = i64::try_from(KEYS_MAX).unwrap_or(i64::MAX);
    let mut forget = conn.prepare_cached(FORGET_KEYS)?;
    forget.execute(params![thread, keys_max]).map(drop)
}

pub(super) fn waiting(conn: &Connection, thread: &ThreadId) -> Result<Vec<Event>, Failure> {
    let mut statement = conn.prepare_cached(LIST)?;
    let events = statement.query_map([thread.as_str()], event)?;
    Ok(events.collect::<Result<_, _>>()?)
}

fn event(row: &Row<'_>) -> Result<Event, rusqlite::Error> {
    Ok(Event {
        id: EventId(number(row.get(0)?)),
        name: row.get(1)?,
        payload: row.get(2)?,
        delivered_at: Timestamp(row.get(3)?),
    })
}
