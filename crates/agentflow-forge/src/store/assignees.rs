//! Who is to work on an issue or pull request.

use sqlx::SqliteConnection;

use super::ROWS_MAX;
use super::accounts::User;

pub(crate) async fn of_issue(
    conn: &mut SqliteConnection,
    issue_id: i64,
) -> Result<Vec<User>, sqlx::Error> {
    sqlx::query_as(
        "SELECT u.id, u.login FROM assignees a JOIN users u ON u.id = a.user_id \
         WHERE a.issue_id = ? ORDER BY a.rowid LIMIT ?",
    )
    .bind(issue_id)
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

/// Whether the user was not assigned before.
pub(crate) async fn add(
    conn: &mut SqliteConnection,
    issue_id: i64,
    user: &User,
) -> Result<bool, sqlx::Error> {
    let added = sqlx::query("INSERT INTO assignees VALUES (?, ?) ON CONFLICT DO NOTHING")
        .bind(issue_id)
        .bind(user.id)
        .execute(conn)
        .await?;
    Ok(added.rows_affected() > 0)
}

/// Whether the user was assigned.
pub(crate) async fn remove(
    conn: &mut SqliteConnection,
    issue_id: i64,
    user: &User,
) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query("DELETE FROM assignees WHERE issue_id = ? AND user_id = ?")
        .bind(issue_id)
        .bind(user.id)
        .execute(conn)
        .await?;
    Ok(removed.rows_affected() > 0)
}
