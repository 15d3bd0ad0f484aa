//! Issues, and what pull requests share with them: number, text, state.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::accounts::User;
use super::{ROWS_MAX, events, repositories};
use crate::time;

#[derive(Clone, Debug)]
pub(crate) struct Issue {
    pub(crate) id: i64,
    pub(crate) repo_id: i64,
    pub(crate) number: i64,
    pub(crate) key: Option<String>,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) is_open: bool,
    pub(crate) state_reason: Option<String>,
    pub(crate) is_pull: bool,
    pub(crate) author: User,
    pub(crate) comments: i64,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    pub(crate) closed_at: Option<String>,
    pub(crate) closed_by: Option<User>,
    pub(crate) assignees: Vec<User>,
    pub(crate) is_locked: bool,
    pub(crate) lock_reason: Option<String>,
}

impl Issue {
    /// `open` or `closed`.
    pub(crate) fn state(&self) -> &'static str {
        if self.is_open { "open" } else { "closed" }
    }
}

impl FromRow<'_, SqliteRow> for Issue {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            repo_id: row.try_get("repo_id")?,
            number: row.try_get("number")?,
            key: row.try_get("key")?,
            title: row.try_get("title")?,
            body: row.try_get("body")?,
            is_open: row.try_get("is_open")?,
            state_reason: row.try_get("state_reason")?,
            is_pull: row.try_get("is_pull")?,
            author: User::author(row)?,
            comments: row.try_get("comments")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            closed_at: row.try_get("closed_at")?,
            closed_by: User::joined(row, "closer")?,
            assignees: assignees(row.try_get("assignees")?)?,
            is_locked: row.try_get("is_locked")?,
            lock_reason: row.try_get("lock_reason")?,
        })
    }
}

/// Reads the users that a query gathered as JSON.
fn assignees(text: Option<String>) -> Result<Vec<User>, sqlx::Error> {
    let users = text.map_or(Ok(Vec::new()), |text| serde_json::from_str(&text));
    users.map_err(|error| sqlx::Error::Decode(error.into()))
}

/// An issue or pull request to be written down.
pub(crate) struct Draft<'a> {
    pub(crate) repo_id: i64,
    pub(crate) key: Option<&'a str>,
    pub(crate) title: &'a str,
    pub(crate) body: Option<&'a str>,
    pub(crate) author: &'a User,
    pub(crate) is_pull: bool,
}

/// Writes it down with the next number and returns that number with the row's id.
pub(crate) async fn insert(
    conn: &mut SqliteConnection,
    draft: Draft<'_>,
) -> Result<(i64, i64), sqlx::Error> {
    let number = repositories::next_number(conn, draft.repo_id).await?;
    let id = sqlx::query_scalar(
        "INSERT INTO issues (repo_id, number, key, title, body, is_pull, author_id, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8) RETURNING id",
    )
    .bind(draft.repo_id)
    .bind(number)
    .bind(draft.key)
    .bind(draft.title)
    .bind(draft.body)
    .bind(draft.is_pull)
    .bind(draft.author.id)
    .bind(time::now())
    .fetch_one(&mut *conn)
    .await?;
    Ok((number, id))
}

pub(crate) async fn find(
    conn: &mut SqliteConnection,
    repo_id: i64,
    number: i64,
) -> Result<Option<Issue>, sqlx::Error> {
    sqlx::query_as(
        "SELECT i.*, a.login AS author_login, c.id AS closer_id, c.login AS closer_login, \
         (SELECT count(*) FROM comments m WHERE m.issue_id = i.id) AS comments, \
         (SELECT g.assignees FROM issue_assignees g WHERE g.issue_id = i.id) AS assignees \
         FROM issues i JOIN users a ON a.id = i.author_id LEFT JOIN users c ON c.id = i.closed_by \
         WHERE i.repo_id = ? AND i.number = ?",
    )
    .bind(repo_id)
    .bind(number)
    .fetch_optional(conn)
    .await
}

pub(crate) async fn number_of_key(
    conn: &mut SqliteConnection,
    repo_id: i64,
    key: &str,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT number FROM issues WHERE repo_id = ? AND key = ?")
        .bind(repo_id)
        .bind(key)
        .fetch_optional(conn)
        .await
}

/// Issues and pull requests, newest first.
pub(crate) async fn all(
    conn: &mut SqliteConnection,
    repo_id: i64,
) -> Result<Vec<Issue>, sqlx::Error> {
    sqlx::query_as(
        "SELECT i.*, a.login AS author_login, c.id AS closer_id, c.login AS closer_login, \
         (SELECT count(*) FROM comments m WHERE m.issue_id = i.id) AS comments, \
         (SELECT g.assignees FROM issue_assignees g WHERE g.issue_id = i.id) AS assignees \
         FROM issues i JOIN users a ON a.id = i.author_id LEFT JOIN users c ON c.id = i.closed_by \
         WHERE i.repo_id = ? ORDER BY i.number DESC LIMIT ?",
    )
    .bind(repo_id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

/// Changes title or body; what is `None` stays.
pub(crate) async fn edit(
    conn: &mut SqliteConnection,
    issue_id: i64,
    title: Option<&str>,
    body: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE issues SET title = coalesce(?, title), body = coalesce(?, body), updated_at = ? WHERE id = ?",
    )
    .bind(title)
    .bind(body)
    .bind(time::now())
    .bind(issue_id)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn touch(conn: &mut SqliteConnection, issue_id: i64) -> Result<(), sqlx::Error> {
    edit(conn, issue_id, None, None).await
}

/// Closes what is open; a closed one is left as it is.
pub(crate) async fn close(
    conn: &mut SqliteConnection,
    issue: &Issue,
    by: Option<&User>,
    reason: Option<&str>,
) -> Result<(), sqlx::Error> {
    let changed = sqlx::query(
        "UPDATE issues SET is_open = 0, state_reason = ?1, closed_at = ?2, closed_by = ?3, updated_at = ?2 \
         WHERE id = ?4 AND is_open = 1",
    )
    .bind(reason)
    .bind(time::now())
    .bind(by.map(|user| user.id))
    .bind(issue.id)
    .execute(&mut *conn)
    .await?;
    if changed.rows_affected() == 1 {
        events::record(conn, issue.repo_id, issue.number, "closed", by, None).await?;
    }
    Ok(())
}

/// Opens what is closed; an open one is left as it is.
pub(crate) async fn reopen(
    conn: &mut SqliteConnection,
    issue: &Issue,
    by: &User,
) -> Result<(), sqlx::Error> {
    let changed = sqlx::query(
        "UPDATE issues SET is_open = 1, state_reason = 'reopened', closed_at = NULL, closed_by = NULL, \
         updated_at = ? WHERE id = ? AND is_open = 0",
    )
    .bind(time::now())
    .bind(issue.id)
    .execute(&mut *conn)
    .await?;
    if changed.rows_affected() == 1 {
        events::record(
            conn,
            issue.repo_id,
            issue.number,
            "reopened",
            Some(by),
            None,
        )
        .await?;
    }
    Ok(())
}

/// Lets only who may write comment, or everybody again.
pub(crate) async fn set_lock(
    conn: &mut SqliteConnection,
    issue_id: i64,
    locked: bool,
    reason: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE issues SET is_locked = ?, lock_reason = ?, updated_at = ? WHERE id = ?")
        .bind(locked)
        .bind(reason)
        .bind(time::now())
        .bind(issue_id)
        .execute(conn)
        .await?;
    Ok(())
}
