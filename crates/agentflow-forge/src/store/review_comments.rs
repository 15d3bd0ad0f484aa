//! Comments that stand on a line of a pull request's diff.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::accounts::User;
use super::reactions::{self, Subject};
use super::{ROWS_MAX, issues};
use crate::time;

/// Where in the diff a comment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) path: String,
    /// Content the line was read in; the comment is outdated once the file has another.
    pub(crate) blob: String,
    pub(crate) line: i64,
    pub(crate) side: String,
    pub(crate) start_line: Option<i64>,
    pub(crate) start_side: Option<String>,
    pub(crate) position: i64,
    pub(crate) diff_hunk: String,
    pub(crate) commit_sha: String,
}

#[derive(Clone, Debug)]
pub(crate) struct ReviewComment {
    pub(crate) id: i64,
    pub(crate) number: i64,
    pub(crate) review_id: i64,
    pub(crate) author: User,
    pub(crate) in_reply_to: Option<i64>,
    pub(crate) place: Place,
    pub(crate) body: String,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

impl FromRow<'_, SqliteRow> for ReviewComment {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            number: row.try_get("number")?,
            review_id: row.try_get("review_id")?,
            author: User::author(row)?,
            in_reply_to: row.try_get("in_reply_to")?,
            place: Place {
                path: row.try_get("path")?,
                blob: row.try_get("blob")?,
                line: row.try_get("line")?,
                side: row.try_get("side")?,
                start_line: row.try_get("start_line")?,
                start_side: row.try_get("start_side")?,
                position: row.try_get("position")?,
                diff_hunk: row.try_get("diff_hunk")?,
                commit_sha: row.try_get("commit_sha")?,
            },
            body: row.try_get("body")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// A comment to be written down.
pub(crate) struct Draft<'a> {
    pub(crate) issue_id: i64,
    pub(crate) review_id: i64,
    pub(crate) author: &'a User,
    pub(crate) in_reply_to: Option<i64>,
    pub(crate) place: &'a Place,
    pub(crate) body: &'a str,
}

pub(crate) async fn insert(
    conn: &mut SqliteConnection,
    draft: &Draft<'_>,
) -> Result<i64, sqlx::Error> {
    let place = draft.place;
    let id = sqlx::query_scalar(
        "INSERT INTO review_comments (issue_id, review_id, author_id, in_reply_to, path, blob, line, side, \
         start_line, start_side, position, diff_hunk, commit_sha, body, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15) RETURNING id",
    )
    .bind(draft.issue_id)
    .bind(draft.review_id)
    .bind(draft.author.id)
    .bind(draft.in_reply_to)
    .bind(&place.path)
    .bind(&place.blob)
    .bind(place.line)
    .bind(&place.side)
    .bind(place.start_line)
    .bind(&place.start_side)
    .bind(place.position)
    .bind(&place.diff_hunk)
    .bind(&place.commit_sha)
    .bind(draft.body)
    .bind(time::now())
    .fetch_one(&mut *conn)
    .await?;
    issues::touch(conn, draft.issue_id).await?;
    Ok(id)
}

/// Comments of one pull request, oldest first.
pub(crate) async fn of_pull(
    conn: &mut SqliteConnection,
    issue_id: i64,
) -> Result<Vec<ReviewComment>, sqlx::Error> {
    sqlx::query_as(
        "SELECT c.*, i.number, u.login AS author_login FROM review_comments c \
         JOIN issues i ON i.id = c.issue_id JOIN users u ON u.id = c.author_id \
         WHERE c.issue_id = ? ORDER BY c.id LIMIT ?",
    )
    .bind(issue_id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

/// A comment of any pull request of the repository, with the pull request's row.
pub(crate) async fn find(
    conn: &mut SqliteConnection,
    repo_id: i64,
    id: i64,
) -> Result<Option<ReviewComment>, sqlx::Error> {
    sqlx::query_as(
        "SELECT c.*, i.number, u.login AS author_login FROM review_comments c \
         JOIN issues i ON i.id = c.issue_id JOIN users u ON u.id = c.author_id \
         WHERE i.repo_id = ? AND c.id = ?",
    )
    .bind(repo_id)
    .bind(id)
    .fetch_optional(conn)
    .await
}

pub(crate) async fn edit(
    conn: &mut SqliteConnection,
    id: i64,
    body: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE review_comments SET body = ?, updated_at = ? WHERE id = ?")
        .bind(body)
        .bind(time::now())
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes a comment. The oldest answer to it takes its place as the first of its thread.
pub(crate) async fn delete(conn: &mut SqliteConnection, id: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE review_comments SET in_reply_to = nullif((SELECT min(r.id) FROM review_comments r \
         WHERE r.in_reply_to = ?1), id) WHERE in_reply_to = ?1",
    )
    .bind(id)
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM review_comments WHERE id = ?")
        .bind(id)
        .execute(&mut *conn)
        .await?;
    reactions::forget(conn, Subject::ReviewComment(id)).await
}
