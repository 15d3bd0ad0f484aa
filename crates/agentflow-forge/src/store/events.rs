//! What happened to an issue or pull request, in order. Written in the transaction of the change.

use serde_json::Value;
use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::ROWS_MAX;
use super::accounts::User;
use crate::time;

#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: i64,
    pub(crate) number: i64,
    pub(crate) kind: String,
    pub(crate) actor: Option<User>,
    pub(crate) commit_sha: Option<String>,
    pub(crate) at: String,
    /// What only events of some kinds say, such as which label.
    pub(crate) detail: Option<Value>,
}

impl FromRow<'_, SqliteRow> for Event {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            number: row.try_get("number")?,
            kind: row.try_get("kind")?,
            actor: User::joined(row, "actor")?,
            commit_sha: row.try_get("commit_sha")?,
            at: row.try_get("at")?,
            detail: detail(row.try_get("detail")?)?,
        })
    }
}

fn detail(text: Option<String>) -> Result<Option<Value>, sqlx::Error> {
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Records an event of a kind that says more than who and when.
pub(crate) async fn record_with(
    conn: &mut SqliteConnection,
    (repo_id, number): (i64, i64),
    kind: &str,
    actor: &User,
    detail: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO events (repo_id, number, kind, actor_id, detail, at) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(repo_id)
        .bind(number)
        .bind(kind)
        .bind(actor.id)
        .bind(detail.to_string())
        .bind(time::now())
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn record(
    conn: &mut SqliteConnection,
    repo_id: i64,
    number: i64,
    kind: &str,
    actor: Option<&User>,
    commit_sha: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO events (repo_id, number, kind, actor_id, commit_sha, at) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(repo_id)
        .bind(number)
        .bind(kind)
        .bind(actor.map(|user| user.id))
        .bind(commit_sha)
        .bind(time::now())
        .execute(conn)
        .await?;
    Ok(())
}

/// Events of a repository, oldest first; of one number if one is given.
pub(crate) async fn all(
    conn: &mut SqliteConnection,
    repo_id: i64,
    number: Option<i64>,
) -> Result<Vec<Event>, sqlx::Error> {
    sqlx::query_as(
        "SELECT e.*, u.login AS actor_login FROM events e LEFT JOIN users u ON u.id = e.actor_id \
         WHERE e.repo_id = ?1 AND (?2 IS NULL OR e.number = ?2) ORDER BY e.id LIMIT ?3",
    )
    .bind(repo_id)
    .bind(number)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}
