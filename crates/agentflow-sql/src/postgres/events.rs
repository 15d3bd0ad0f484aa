//! Keeps what a thread is told until a superstep takes it.

use agentflow_core::checkpoint::{CheckpointError, Delivery, EVENTS_MAX, Event, EventId};
use agentflow_core::{ThreadId, Timestamp};
use sqlx::AssertSqlSafe;

use super::checkpointer::PostgresCheckpointer;
use super::load::text;
use crate::limits::number;

impl PostgresCheckpointer {
    pub(super) async fn deliver_now(
        &self,
        delivery: &Delivery,
    ) -> Result<EventId, CheckpointError> {
        delivery.check()?;
        let sql = self.sql("SELECT event, waiting FROM SCHEMA.deliver($1, $2, $3, $4, $5, $6)");
        let statement = sqlx::query(AssertSqlSafe(sql))
            .bind(delivery.thread.as_str().as_bytes())
            .bind(delivery.name.as_bytes())
            .bind(delivery.payload.as_slice())
            .bind(delivery.key.as_ref().map(String::as_bytes))
            .bind(delivery.now.0)
            .bind(i64::try_from(EVENTS_MAX).unwrap_or(i64::MAX));
        let row = self.connections.row(statement).await?;
        if let Some(waiting) = self.get::<Option<i64>>(&row, 1)? {
            delivery.check_waiting(usize::try_from(waiting).unwrap_or(usize::MAX))?;
        }
        Ok(EventId(number(self.get(&row, 0)?)))
    }

    pub(super) async fn waiting_events(
        &self,
        thread: &ThreadId,
    ) -> Result<Vec<Event>, CheckpointError> {
        let sql = self.sql(
            "SELECT id, name, payload, delivered_at FROM SCHEMA.events
             WHERE thread = $1 ORDER BY id",
        );
        let statement = sqlx::query(AssertSqlSafe(sql)).bind(thread.as_str().as_bytes());
        let rows = self.connections.rows(statement).await?;
        let events = rows.iter().map(|row| {
            Ok(Event {
                id: EventId(number(self.get(row, 0)?)),
                name: text(thread, self.get(row, 1)?)?,
                payload: self.get(row, 2)?,
                delivered_at: Timestamp(self.get(row, 3)?),
            })
        });
        events.collect()
    }
}
