//! Renames of branches that were decided and are not written down as done yet.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RenameIntent {
    pub(crate) repo_id: i64,
    pub(crate) from_ref: String,
    pub(crate) to_ref: String,
    pub(crate) sha: String,
}

impl FromRow<'_, SqliteRow> for RenameIntent {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            repo_id: row.try_get("repo_id")?,
            from_ref: row.try_get("from_ref")?,
            to_ref: row.try_get("to_ref")?,
            sha: row.try_get("sha")?,
        })
    }
}

pub(crate) async fn record(
    conn: &mut SqliteConnection,
    intent: &RenameIntent,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO rename_intents (repo_id, from_ref, to_ref, sha) VALUES (?, ?, ?, ?)")
        .bind(intent.repo_id)
        .bind(&intent.from_ref)
        .bind(&intent.to_ref)
        .bind(&intent.sha)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn forget(conn: &mut SqliteConnection, repo_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM rename_intents WHERE repo_id = ?")
        .bind(repo_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// At most one: the next rename of a repository waits for the one before.
pub(crate) async fn of_repository(
    conn: &mut SqliteConnection,
    repo_id: i64,
) -> Result<Option<RenameIntent>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM rename_intents WHERE repo_id = ?")
        .bind(repo_id)
        .fetch_optional(conn)
        .await
}
