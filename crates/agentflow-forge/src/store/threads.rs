//! Conversations about a line: which were resolved, and where they belong.

use std::collections::BTreeMap;

use sqlx::{Row, SqliteConnection};

use super::accounts::User;
use crate::time;

/// Who resolved which conversations of a pull request, by their first comments.
pub(crate) async fn resolved(
    conn: &mut SqliteConnection,
    issue_id: i64,
) -> Result<BTreeMap<i64, User>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT t.comment_id, u.id AS author_id, u.login AS author_login FROM resolved_threads t \
         JOIN users u ON u.id = t.resolved_by WHERE t.issue_id = ?",
    )
    .bind(issue_id)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("comment_id")?, User::author(row)?)))
        .collect()
}

/// One that is resolved already stays as it is.
pub(crate) async fn resolve(
    conn: &mut SqliteConnection,
    issue_id: i64,
    first: i64,
    by: &User,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO resolved_threads (comment_id, issue_id, resolved_by, resolved_at) \
         VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(first)
    .bind(issue_id)
    .bind(by.id)
    .bind(time::now())
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn unresolve(conn: &mut SqliteConnection, first: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM resolved_threads WHERE comment_id = ?")
        .bind(first)
        .execute(conn)
        .await?;
    Ok(())
}

/// The pull request on which a comment stands.
pub(crate) async fn issue_of(
    conn: &mut SqliteConnection,
    comment_id: i64,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT issue_id FROM review_comments WHERE id = ?")
        .bind(comment_id)
        .fetch_optional(conn)
        .await
}

/// Repository and number of a pull request.
pub(crate) async fn place_of(
    conn: &mut SqliteConnection,
    issue_id: i64,
) -> Result<Option<(i64, i64)>, sqlx::Error> {
    sqlx::query_as("SELECT repo_id, number FROM issues WHERE id = ? AND is_pull = 1")
        .bind(issue_id)
        .fetch_optional(conn)
        .await
}
