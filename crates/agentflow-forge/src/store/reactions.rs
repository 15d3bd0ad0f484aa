//! Reactions to issues and comments.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::ROWS_MAX;
use super::accounts::User;
use crate::time;

/// What a reaction is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Issue(i64),
    Comment(i64),
    ReviewComment(i64),
}

impl Subject {
    fn key(self) -> (&'static str, i64) {
        match self {
            Self::Issue(id) => ("issue", id),
            Self::Comment(id) => ("comment", id),
            Self::ReviewComment(id) => ("review_comment", id),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Reaction {
    pub(crate) id: i64,
    pub(crate) author: User,
    pub(crate) content: String,
    pub(crate) created_at: String,
}

impl FromRow<'_, SqliteRow> for Reaction {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            author: User::author(row)?,
            content: row.try_get("content")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// Whether the user had not reacted in that way before.
pub(crate) async fn add(
    conn: &mut SqliteConnection,
    to: Subject,
    by: &User,
    content: &str,
) -> Result<bool, sqlx::Error> {
    let (subject, id) = to.key();
    let added = sqlx::query(
        "INSERT INTO reactions (subject, subject_id, user_id, content, created_at) \
         VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(subject)
    .bind(id)
    .bind(by.id)
    .bind(content)
    .bind(time::now())
    .execute(conn)
    .await?;
    Ok(added.rows_affected() > 0)
}

/// Reactions to one thing, oldest first.
pub(crate) async fn to(
    conn: &mut SqliteConnection,
    to: Subject,
) -> Result<Vec<Reaction>, sqlx::Error> {
    let (subject, id) = to.key();
    sqlx::query_as(
        "SELECT r.*, u.id AS author_id, u.login AS author_login FROM reactions r \
         JOIN users u ON u.id = r.user_id WHERE r.subject = ? AND r.subject_id = ? \
         ORDER BY r.id LIMIT ?",
    )
    .bind(subject)
    .bind(id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

/// Takes the reactions along when what they were to is deleted.
pub(crate) async fn forget(conn: &mut SqliteConnection, to: Subject) -> Result<(), sqlx::Error> {
    let (subject, id) = to.key();
    sqlx::query("DELETE FROM reactions WHERE subject = ? AND subject_id = ?")
        .bind(subject)
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}
