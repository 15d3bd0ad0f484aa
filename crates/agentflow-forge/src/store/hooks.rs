//! Webhooks of repositories: where they lead, and what they listen to.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::ROWS_MAX;
use crate::time;

/// What every event is called together.
const ANY: &str = "*";

#[derive(Clone, Debug)]
pub(crate) struct Hook {
    /// 0 for one that was not written down yet.
    pub(crate) id: i64,
    pub(crate) repo_id: i64,
    pub(crate) url: String,
    /// `json` or `form`.
    pub(crate) content_type: String,
    pub(crate) secret: Option<String>,
    /// `0` or `1`, as GitHub writes it.
    pub(crate) insecure_ssl: String,
    pub(crate) events: Vec<String>,
    pub(crate) active: bool,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

impl Hook {
    /// Whether it wants to hear of such events.
    pub(crate) fn listens_to(&self, event: &str) -> bool {
        self.active && self.events.iter().any(|it| it == event || it == ANY)
    }
}

impl FromRow<'_, SqliteRow> for Hook {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let events: String = row.try_get("events")?;
        Ok(Self {
            id: row.try_get("id")?,
            repo_id: row.try_get("repo_id")?,
            url: row.try_get("url")?,
            content_type: row.try_get("content_type")?,
            secret: row.try_get("secret")?,
            insecure_ssl: row.try_get("insecure_ssl")?,
            events: serde_json::from_str(&events).map_err(|source| sqlx::Error::ColumnDecode {
                index: "events".to_owned(),
                source: source.into(),
            })?,
            active: row.try_get("active")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// Writes a new hook down, or the new state of a known one, and returns it.
pub(crate) async fn save(conn: &mut SqliteConnection, hook: &Hook) -> Result<Hook, sqlx::Error> {
    let events =
        serde_json::to_string(&hook.events).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query_as(
        "INSERT INTO hooks (id, repo_id, url, content_type, secret, insecure_ssl, events, active, \
         created_at, updated_at) VALUES (nullif(?1, 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9) \
         ON CONFLICT (id) DO UPDATE SET url = excluded.url, content_type = excluded.content_type, \
         secret = excluded.secret, insecure_ssl = excluded.insecure_ssl, events = excluded.events, \
         active = excluded.active, updated_at = excluded.updated_at RETURNING *",
    )
    .bind(hook.id)
    .bind(hook.repo_id)
    .bind(&hook.url)
    .bind(&hook.content_type)
    .bind(&hook.secret)
    .bind(&hook.insecure_ssl)
    .bind(events)
    .bind(hook.active)
    .bind(time::now())
    .fetch_one(conn)
    .await
}

pub(crate) async fn find(
    conn: &mut SqliteConnection,
    repo_id: i64,
    id: i64,
) -> Result<Option<Hook>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM hooks WHERE repo_id = ? AND id = ?")
        .bind(repo_id)
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Hooks of a repository, oldest first.
pub(crate) async fn all(
    conn: &mut SqliteConnection,
    repo_id: i64,
) -> Result<Vec<Hook>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM hooks WHERE repo_id = ? ORDER BY id LIMIT ?")
        .bind(repo_id)
        .bind(ROWS_MAX)
        .fetch_all(conn)
        .await
}

/// Deletes a hook with all of its deliveries.
pub(crate) async fn delete(conn: &mut SqliteConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM hooks WHERE id = ?")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// The hook that a delivery refers to, if it is still there.
pub(crate) async fn by_id(
    conn: &mut SqliteConnection,
    id: i64,
) -> Result<Option<Hook>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM hooks WHERE id = ?")
        .bind(id)
        .fetch_optional(conn)
        .await
}
