//! Statuses that clients report of commits, the older kind of check.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::ROWS_MAX;
use super::accounts::User;
use crate::time;

#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) id: i64,
    pub(crate) sha: String,
    pub(crate) context: String,
    /// `error`, `failure`, `pending` or `success`.
    pub(crate) state: String,
    pub(crate) description: Option<String>,
    pub(crate) target_url: Option<String>,
    pub(crate) creator: User,
    pub(crate) created_at: String,
}

impl FromRow<'_, SqliteRow> for Status {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            sha: row.try_get("sha")?,
            context: row.try_get("context")?,
            state: row.try_get("state")?,
            description: row.try_get("description")?,
            target_url: row.try_get("target_url")?,
            creator: User::author(row)?,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// A status to be written down.
pub(crate) struct Draft<'a> {
    pub(crate) repo_id: i64,
    pub(crate) sha: &'a str,
    pub(crate) context: &'a str,
    pub(crate) state: &'a str,
    pub(crate) description: Option<&'a str>,
    pub(crate) target_url: Option<&'a str>,
    pub(crate) creator: &'a User,
}

pub(crate) async fn insert(
    conn: &mut SqliteConnection,
    draft: &Draft<'_>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "INSERT INTO statuses (repo_id, sha, context, state, description, target_url, author_id, created_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(draft.repo_id)
    .bind(draft.sha)
    .bind(draft.context)
    .bind(draft.state)
    .bind(draft.description)
    .bind(draft.target_url)
    .bind(draft.creator.id)
    .bind(time::now())
    .fetch_one(conn)
    .await
}

/// Statuses of a repository, oldest first; of one commit if one is given.
pub(crate) async fn all(
    conn: &mut SqliteConnection,
    repo_id: i64,
    sha: Option<&str>,
) -> Result<Vec<Status>, sqlx::Error> {
    sqlx::query_as(
        "SELECT s.*, u.login AS author_login FROM statuses s JOIN users u ON u.id = s.author_id \
         WHERE s.repo_id = ?1 AND (?2 IS NULL OR s.sha = ?2) ORDER BY s.id LIMIT ?3",
    )
    .bind(repo_id)
    .bind(sha)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

/// The last status of each context, in the order in which the contexts were first heard of.
pub(crate) fn latest(all: Vec<Status>) -> Vec<Status> {
    let mut latest: Vec<Status> = Vec::new();
    for status in all {
        match latest
            .iter_mut()
            .find(|known| known.context == status.context)
        {
            Some(known) => *known = status,
            None => latest.push(status),
        }
    }
    latest
}
