//! Comments on issues and pull requests, not those on lines of a diff.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::accounts::User;
use super::reactions::{self, Subject};
use super::{ROWS_MAX, issues};
use crate::time;

#[derive(Clone, Debug)]
pub(crate) struct Comment {
    pub(crate) id: i64,
    pub(crate) number: i64,
    pub(crate) author: User,
    pub(crate) body: String,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

impl FromRow<'_, SqliteRow> for Comment {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            number: row.try_get("number")?,
            author: User::author(row)?,
            body: row.try_get("body")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

pub(crate) async fn insert(
    conn: &mut SqliteConnection,
    issue_id: i64,
    author: &User,
    body: &str,
) -> Result<i64, sqlx::Error> {
    let id = sqlx::query_scalar(
        "INSERT INTO comments (issue_id, author_id, body, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?4) RETURNING id",
    )
    .bind(issue_id)
    .bind(author.id)
    .bind(body)
    .bind(time::now())
    .fetch_one(&mut *conn)
    .await?;
    issues::touch(conn, issue_id).await?;
    Ok(id)
}

pub(crate) async fn find(
    conn: &mut SqliteConnection,
    repo_id: i64,
    id: i64,
) -> Result<Option<Comment>, sqlx::Error> {
    sqlx::query_as(
        "SELECT c.*, i.number, u.login AS author_login FROM comments c \
         JOIN issues i ON i.id = c.issue_id JOIN users u ON u.id = c.author_id \
         WHERE i.repo_id = ? AND c.id = ?",
    )
    .bind(repo_id)
    .bind(id)
    .fetch_optional(conn)
    .await
}

/// Comments of one issue, oldest first.
pub(crate) async fn of_issue(
    conn: &mut SqliteConnection,
    issue_id: i64,
) -> Result<Vec<Comment>, sqlx::Error> {
    sqlx::query_as(
        "SELECT c.*, i.number, u.login AS author_login FROM comments c \
         JOIN issues i ON i.id = c.issue_id JOIN users u ON u.id = c.author_id \
         WHERE c.issue_id = ? ORDER BY c.id LIMIT ?",
    )
    .bind(issue_id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

pub(crate) async fn edit(
    conn: &mut SqliteConnection,
    id: i64,
    body: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE comments SET body = ?, updated_at = ? WHERE id = ?")
        .bind(body)
        .bind(time::now())
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Comments of all issues and pull requests of a repository, oldest first.
pub(crate) async fn of_repository(
    conn: &mut SqliteConnection,
    repo_id: i64,
) -> Result<Vec<Comment>, sqlx::Error> {
    sqlx::query_as(
        "SELECT c.*, i.number, u.login AS author_login FROM comments c \
         JOIN issues i ON i.id = c.issue_id JOIN users u ON u.id = c.author_id \
         WHERE i.repo_id = ? ORDER BY c.id LIMIT ?",
    )
    .bind(repo_id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

pub(crate) async fn delete(conn: &mut SqliteConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM comments WHERE id = ?")
        .bind(id)
        .execute(&mut *conn)
        .await?;
    reactions::forget(conn, Subject::Comment(id)).await
}
