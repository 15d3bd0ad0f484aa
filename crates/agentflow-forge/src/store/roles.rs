//! What users may be to a repository, by their role in it and by their tokens.

use sqlx::SqliteConnection;

use super::accounts::User;
use super::repositories::Repository;
use super::{ROWS_MAX, collaborators, tokens};
use crate::access::Role;

/// The user's role; whoever holds a token that writes everywhere may write, and everybody else
/// may read.
pub(crate) async fn role_of(
    conn: &mut SqliteConnection,
    repo: &Repository,
    user: &User,
) -> Result<Role, sqlx::Error> {
    let given = collaborators::role(conn, repo, user).await?;
    let given = given.unwrap_or(Role::Read);
    if given < Role::Write && tokens::writes_everywhere(conn, user).await? {
        return Ok(Role::Write);
    }
    Ok(given)
}

/// Whether the user may pass over what binds only others.
pub(crate) async fn administers(
    conn: &mut SqliteConnection,
    repo: &Repository,
    user: &User,
) -> Result<bool, sqlx::Error> {
    Ok(role_of(conn, repo, user).await? == Role::Admin)
}

/// Everyone who may do more with the repository than read it, by login.
pub(crate) async fn collaborators(
    conn: &mut SqliteConnection,
    repo: &Repository,
) -> Result<Vec<(User, Role)>, sqlx::Error> {
    let users: Vec<User> = sqlx::query_as("SELECT id, login FROM users ORDER BY login LIMIT ?")
        .bind(ROWS_MAX)
        .fetch_all(&mut *conn)
        .await?;
    let mut found = Vec::new();
    for user in users {
        let role = role_of(conn, repo, &user).await?;
        if role > Role::Read {
            found.push((user, role));
        }
    }
    Ok(found)
}
