//! Merges that were decided and are not written down as done yet.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::ROWS_MAX;
use super::accounts::User;

#[derive(Clone, Debug)]
pub(crate) struct MergeIntent {
    pub(crate) issue_id: i64,
    pub(crate) number: i64,
    pub(crate) base_ref: String,
    pub(crate) old_sha: String,
    pub(crate) merge_sha: String,
    pub(crate) merged_by: User,
    pub(crate) decided_at: String,
}

impl FromRow<'_, SqliteRow> for MergeIntent {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            issue_id: row.try_get("issue_id")?,
            number: row.try_get("number")?,
            base_ref: row.try_get("base_ref")?,
            old_sha: row.try_get("old_sha")?,
            merge_sha: row.try_get("merge_sha")?,
            merged_by: User::author(row)?,
            decided_at: row.try_get("decided_at")?,
        })
    }
}

pub(crate) async fn record(
    conn: &mut SqliteConnection,
    intent: &MergeIntent,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO merge_intents VALUES (?, ?, ?, ?, ?, ?)")
        .bind(intent.issue_id)
        .bind(&intent.base_ref)
        .bind(&intent.old_sha)
        .bind(&intent.merge_sha)
        .bind(intent.merged_by.id)
        .bind(&intent.decided_at)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn forget(conn: &mut SqliteConnection, issue_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM merge_intents WHERE issue_id = ?")
        .bind(issue_id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn of_repository(
    conn: &mut SqliteConnection,
    repo_id: i64,
) -> Result<Vec<MergeIntent>, sqlx::Error> {
    sqlx::query_as(
        "SELECT m.*, i.number, u.id AS author_id, u.login AS author_login FROM merge_intents m \
         JOIN issues i ON i.id = m.issue_id JOIN users u ON u.id = m.merged_by \
         WHERE i.repo_id = ? ORDER BY i.number LIMIT ?",
    )
    .bind(repo_id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}
