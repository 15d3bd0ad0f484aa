//! Deliveries of webhooks: what is to be sent, and what came of it.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::ROWS_MAX;
use crate::time;

#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) id: i64,
    pub(crate) hook_id: i64,
    pub(crate) guid: String,
    pub(crate) event: String,
    pub(crate) action: Option<String>,
    pub(crate) payload: String,
    pub(crate) redelivery: bool,
    pub(crate) delivered_at: Option<String>,
    pub(crate) outcome: Outcome,
}

/// What came of sending one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) duration_ms: i64,
    pub(crate) status_code: i64,
    pub(crate) status: String,
    pub(crate) url: String,
    /// JSON objects.
    pub(crate) request_headers: String,
    pub(crate) response_headers: String,
    pub(crate) response: String,
}

impl FromRow<'_, SqliteRow> for Delivery {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            hook_id: row.try_get("hook_id")?,
            guid: row.try_get("guid")?,
            event: row.try_get("event")?,
            action: row.try_get("action")?,
            payload: row.try_get("payload")?,
            redelivery: row.try_get("redelivery")?,
            delivered_at: row.try_get("delivered_at")?,
            outcome: Outcome {
                duration_ms: row.try_get("duration_ms")?,
                status_code: row.try_get("status_code")?,
                status: row.try_get("status")?,
                url: row.try_get("url")?,
                request_headers: row.try_get("request_headers")?,
                response_headers: row.try_get("response_headers")?,
                response: row.try_get("response")?,
            },
        })
    }
}

/// A delivery to be written down.
pub(crate) struct Draft<'a> {
    pub(crate) hook_id: i64,
    pub(crate) guid: &'a str,
    pub(crate) event: &'a str,
    pub(crate) action: Option<&'a str>,
    pub(crate) payload: &'a str,
    pub(crate) redelivery: bool,
}

pub(crate) async fn insert(
    conn: &mut SqliteConnection,
    draft: &Draft<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO deliveries (hook_id, guid, event, action, payload, redelivery) \
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(draft.hook_id)
    .bind(draft.guid)
    .bind(draft.event)
    .bind(draft.action)
    .bind(draft.payload)
    .bind(draft.redelivery)
    .execute(&mut *conn)
    .await?;
    forget_old(conn, draft.hook_id).await
}

/// Most deliveries of a hook that are kept once they were tried.
const KEPT_MAX: i64 = 1_000;

async fn forget_old(conn: &mut SqliteConnection, hook_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM deliveries WHERE hook_id = ?1 AND delivered_at IS NOT NULL AND id <= \
         (SELECT id FROM deliveries WHERE hook_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )
    .bind(hook_id)
    .bind(KEPT_MAX)
    .execute(conn)
    .await?;
    Ok(())
}

/// The oldest of each hook that was not tried yet: one that takes long keeps no other waiting.
pub(crate) async fn waiting(conn: &mut SqliteConnection) -> Result<Vec<Delivery>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM deliveries WHERE id IN \
         (SELECT min(id) FROM deliveries WHERE delivered_at IS NULL GROUP BY hook_id) \
         ORDER BY id LIMIT 100",
    )
    .fetch_all(conn)
    .await
}

/// The last of a hook that was tried.
pub(crate) async fn last_of_hook(
    conn: &mut SqliteConnection,
    hook_id: i64,
) -> Result<Option<Delivery>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM deliveries WHERE hook_id = ? AND delivered_at IS NOT NULL \
         ORDER BY id DESC LIMIT 1",
    )
    .bind(hook_id)
    .fetch_optional(conn)
    .await
}

pub(crate) async fn record(
    conn: &mut SqliteConnection,
    id: i64,
    outcome: &Outcome,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE deliveries SET delivered_at = ?, duration_ms = ?, status_code = ?, status = ?, \
         url = ?, request_headers = ?, response_headers = ?, response = ? WHERE id = ?",
    )
    .bind(time::now())
    .bind(outcome.duration_ms)
    .bind(outcome.status_code)
    .bind(&outcome.status)
    .bind(&outcome.url)
    .bind(&outcome.request_headers)
    .bind(&outcome.response_headers)
    .bind(&outcome.response)
    .bind(id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of a hook that were tried, newest first.
pub(crate) async fn of_hook(
    conn: &mut SqliteConnection,
    hook_id: i64,
) -> Result<Vec<Delivery>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM deliveries WHERE hook_id = ? AND delivered_at IS NOT NULL \
         ORDER BY id DESC LIMIT ?",
    )
    .bind(hook_id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

pub(crate) async fn find(
    conn: &mut SqliteConnection,
    hook_id: i64,
    id: i64,
) -> Result<Option<Delivery>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM deliveries WHERE hook_id = ? AND id = ?")
        .bind(hook_id)
        .bind(id)
        .fetch_optional(conn)
        .await
}
