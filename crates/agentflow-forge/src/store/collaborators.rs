//! What users are to repositories, and who wrote what.

use sqlx::SqliteConnection;

use super::accounts::User;
use super::repositories::Repository;
use crate::access::{Authored, Role};

pub(crate) async fn put(
    conn: &mut SqliteConnection,
    repo_id: i64,
    user: &User,
    role: Role,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO collaborators (repo_id, user_id, role) VALUES (?, ?, ?) \
         ON CONFLICT (repo_id, user_id) DO UPDATE SET role = excluded.role",
    )
    .bind(repo_id)
    .bind(user.id)
    .bind(role.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the user was one.
pub(crate) async fn remove(
    conn: &mut SqliteConnection,
    repo_id: i64,
    user: &User,
) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query("DELETE FROM collaborators WHERE repo_id = ? AND user_id = ?")
        .bind(repo_id)
        .bind(user.id)
        .execute(conn)
        .await?;
    Ok(removed.rows_affected() > 0)
}

/// What the user is to the repository as its owner or a collaborator.
pub(crate) async fn role(
    conn: &mut SqliteConnection,
    repo: &Repository,
    user: &User,
) -> Result<Option<Role>, sqlx::Error> {
    if repo.owner.id == user.id {
        return Ok(Some(Role::Admin));
    }
    let role: Option<String> =
        sqlx::query_scalar("SELECT role FROM collaborators WHERE repo_id = ? AND user_id = ?")
            .bind(repo.id)
            .bind(user.id)
            .fetch_optional(conn)
            .await?;
    Ok(role.as_deref().and_then(Role::parse))
}

/// Whether the user wrote it. Nobody wrote what is not there.
pub(crate) async fn wrote(
    conn: &mut SqliteConnection,
    repo_id: i64,
    user: &User,
    authored: Authored,
) -> Result<bool, sqlx::Error> {
    let (query, number) = match authored {
        Authored::Issue(number) => (
            "SELECT count(*) FROM issues WHERE repo_id = ? AND number = ? AND author_id = ?",
            number,
        ),
        Authored::Comment(id) => (
            "SELECT count(*) FROM comments c JOIN issues i ON i.id = c.issue_id \
             WHERE i.repo_id = ? AND c.id = ? AND c.author_id = ?",
            id,
        ),
        Authored::ReviewComment(id) => (
            "SELECT count(*) FROM review_comments c JOIN issues i ON i.id = c.issue_id \
             WHERE i.repo_id = ? AND c.id = ? AND c.author_id = ?",
            id,
        ),
    };
    let found: i64 = sqlx::query_scalar(query)
        .bind(repo_id)
        .bind(number)
        .bind(user.id)
        .fetch_one(conn)
        .await?;
    Ok(found > 0)
}
