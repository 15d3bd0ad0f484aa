//! Reviews of pull requests and who was asked for one.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::accounts::User;
use super::{ROWS_MAX, issues};
use crate::time;

#[derive(Clone, Debug)]
pub(crate) struct Review {
    pub(crate) id: i64,
    pub(crate) number: i64,
    pub(crate) author: User,
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED`, `DISMISSED` or `PENDING`.
    pub(crate) state: String,
    pub(crate) body: String,
    pub(crate) commit_sha: String,
    pub(crate) submitted_at: String,
}

impl FromRow<'_, SqliteRow> for Review {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            number: row.try_get("number")?,
            author: User::author(row)?,
            state: row.try_get("state")?,
            body: row.try_get("body")?,
            commit_sha: row.try_get("commit_sha")?,
            submitted_at: row.try_get("submitted_at")?,
        })
    }
}

/// A review to be written down.
pub(crate) struct Draft<'a> {
    pub(crate) issue_id: i64,
    pub(crate) author: &'a User,
    pub(crate) state: &'a str,
    pub(crate) body: &'a str,
    pub(crate) commit_sha: &'a str,
}

pub(crate) async fn insert(
    conn: &mut SqliteConnection,
    draft: &Draft<'_>,
) -> Result<i64, sqlx::Error> {
    let id = sqlx::query_scalar(
        "INSERT INTO reviews (issue_id, author_id, state, body, commit_sha, submitted_at) \
         VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
    )
    .bind(draft.issue_id)
    .bind(draft.author.id)
    .bind(draft.state)
    .bind(draft.body)
    .bind(draft.commit_sha)
    .bind(time::now())
    .fetch_one(&mut *conn)
    .await?;
    issues::touch(conn, draft.issue_id).await?;
    Ok(id)
}

/// Reviews of one pull request, oldest first.
pub(crate) async fn of_pull(
    conn: &mut SqliteConnection,
    issue_id: i64,
) -> Result<Vec<Review>, sqlx::Error> {
    sqlx::query_as(
        "SELECT r.*, i.number, u.login AS author_login FROM reviews r \
         JOIN issues i ON i.id = r.issue_id JOIN users u ON u.id = r.author_id \
         WHERE r.issue_id = ? ORDER BY r.id LIMIT ?",
    )
    .bind(issue_id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

pub(crate) async fn request(
    conn: &mut SqliteConnection,
    issue_id: i64,
    user: &User,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO requested_reviewers VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(issue_id)
        .bind(user.id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes a request back; a review answers it, too.
pub(crate) async fn unrequest(
    conn: &mut SqliteConnection,
    issue_id: i64,
    user: &User,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM requested_reviewers WHERE issue_id = ? AND user_id = ?")
        .bind(issue_id)
        .bind(user.id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn requested(
    conn: &mut SqliteConnection,
    issue_id: i64,
) -> Result<Vec<User>, sqlx::Error> {
    sqlx::query_as(
        "SELECT u.id, u.login FROM requested_reviewers r JOIN users u ON u.id = r.user_id \
         WHERE r.issue_id = ? ORDER BY u.login LIMIT ?",
    )
    .bind(issue_id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

/// State of a review that only its author sees.
pub(crate) const PENDING: &str = "PENDING";

/// The user's review of a pull request that was not submitted yet.
pub(crate) async fn pending(
    conn: &mut SqliteConnection,
    issue_id: i64,
    author: &User,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("SELECT id FROM reviews WHERE issue_id = ? AND author_id = ? AND state = ?")
        .bind(issue_id)
        .bind(author.id)
        .bind(PENDING)
        .fetch_optional(conn)
        .await
}

/// Changes a review's state, and with a submission also when it was submitted.
pub(crate) async fn set_state(
    conn: &mut SqliteConnection,
    review: &Review,
    state: &str,
) -> Result<(), sqlx::Error> {
    let at = if review.state == PENDING {
        time::now()
    } else {
        review.submitted_at.clone()
    };
    sqlx::query("UPDATE reviews SET state = ?, submitted_at = ? WHERE id = ?")
        .bind(state)
        .bind(at)
        .bind(review.id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn set_body(
    conn: &mut SqliteConnection,
    id: i64,
    body: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE reviews SET body = ? WHERE id = ?")
        .bind(body)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes back every approval of a pull request.
pub(crate) async fn dismiss_approvals(
    conn: &mut SqliteConnection,
    issue_id: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE reviews SET state = 'DISMISSED' WHERE issue_id = ? AND state = 'APPROVED'")
        .bind(issue_id)
        .execute(conn)
        .await?;
    Ok(())
}
