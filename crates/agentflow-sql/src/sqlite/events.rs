//! Keeps what a thread is told until a superstep takes it.

use agentflow_core::checkpoint::{CheckpointError, Delivery, EVENTS_MAX, Event, EventId, KEYS_MAX};
use agentflow_core::{ThreadId, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::fence::WriteError;
use super::load::Reader;
use crate::limits::number;

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

/// Forgets the events whose numbers are in the JSON list `?2`. Their keys stay until
/// `?3` newer events came.
const TAKE: &str = "
    DELETE FROM events WHERE thread = ?1 AND id IN (SELECT value FROM json_each(?2));
    UPDATE event_keys SET taken = 1
    WHERE thread = ?1 AND event IN (SELECT value FROM json_each(?2));
    DELETE FROM event_keys
    WHERE thread = ?1 AND taken = 1
      AND event <= (SELECT newest_event FROM threads WHERE thread = ?1) - ?3;";

/// Refuses before the first statement that writes.
pub(super) async fn deliver(
    conn: &mut SqliteConnection,
    delivery: &Delivery,
) -> Result<EventId, WriteError> {
    let thread = delivery.thread.as_str();
    if let Some(key) = &delivery.key {
        let known =
            sqlx::query_scalar("SELECT event FROM event_keys WHERE thread = ?1 AND key = ?2")
                .bind(thread)
                .bind(key.as_str())
                .fetch_optional(&mut *conn)
                .await?;
        if let Some(id) = known {
            return Ok(EventId(number(id)));
        }
    }
    let waiting: Option<i64> = sqlx::query_scalar(WAITING)
        .bind(thread)
        .bind(i64::try_from(EVENTS_MAX).unwrap_or(i64::MAX))
        .fetch_optional(&mut *conn)
        .await?;
    let waiting = usize::try_from(waiting.unwrap_or(0)).unwrap_or(usize::MAX);
    delivery
        .check_waiting(waiting)
        .map_err(WriteError::Refused)?;
    insert(conn, delivery).await
}

async fn insert(conn: &mut SqliteConnection, delivery: &Delivery) -> Result<EventId, WriteError> {
    let thread = delivery.thread.as_str();
    let id: i64 = sqlx::query_scalar(NUMBER)
        .bind(thread)
        .bind(delivery.now.0)
        .fetch_one(&mut *conn)
        .await?;
    sqlx::query(
        "INSERT INTO events (thread, id, name, payload, delivered_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )
    .bind(thread)
    .bind(id)
    .bind(delivery.name.as_str())
    .bind(delivery.payload.as_slice())
    .bind(delivery.now.0)
    .execute(&mut *conn)
    .await?;
    if let Some(key) = &delivery.key {
        sqlx::query("INSERT INTO event_keys (thread, key, event, taken) VALUES (?1, ?2, ?3, 0)")
            .bind(thread)
            .bind(key.as_str())
            .bind(id)
            .execute(conn)
            .await?;
    }
    Ok(EventId(number(id)))
}

/// Part of a commit's transaction.
pub(super) async fn take(
    conn: &mut SqliteConnection,
    thread: &ThreadId,
    taken: &[EventId],
) -> Result<(), sqlx::Error> {
    if taken.is_empty() {
        return Ok(());
    }
    sqlx::query(TAKE)
        .bind(thread.as_str())
        .bind(json_list(taken.iter().map(|id| id.0)))
        .bind(i64::try_from(KEYS_MAX).unwrap_or(i64::MAX))
        .execute(conn)
        .await
        .map(drop)
}

/// Numbers as one parameter, however many they are.
pub(super) fn json_list(numbers: impl Iterator<Item = u64>) -> String {
    serde_json::Value::from_iter(numbers).to_string()
}

impl Reader {
    pub(super) async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        let rows = sqlx::query(
            "SELECT id, name, payload, delivered_at FROM events WHERE thread = ?1 ORDER BY id",
        )
        .bind(thread.as_str())
        .fetch_all(&self.pool)
        .await;
        let events = rows.and_then(|rows| rows.iter().map(event).collect());
        events.map_err(|error| self.error(error))
    }
}

fn event(row: &SqliteRow) -> Result<Event, sqlx::Error> {
    Ok(Event {
        id: EventId(number(row.try_get(0)?)),
        name: row.try_get(1)?,
        payload: row.try_get(2)?,
        delivered_at: Timestamp(row.try_get(3)?),
    })
}
