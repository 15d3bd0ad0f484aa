//! Repositories and the numbers they hand out.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::ROWS_MAX;
use super::accounts::User;
use crate::time;

#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) id: i64,
    pub(crate) owner: User,
    pub(crate) name: String,
    pub(crate) default_branch: String,
    /// Whether a merge waits for passing checks.
    pub(crate) requires_checks: bool,
    pub(crate) is_private: bool,
    pub(crate) description: Option<String>,
    pub(crate) open_issues: i64,
    pub(crate) created_at: String,
    pub(crate) pushed_at: String,
}

impl Repository {
    /// `owner/name`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner.login, self.name)
    }
}

impl FromRow<'_, SqliteRow> for Repository {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            owner: User::author(row)?,
            name: row.try_get("name")?,
            default_branch: row.try_get("default_branch")?,
            requires_checks: row.try_get("requires_checks")?,
            is_private: row.try_get("is_private")?,
            description: row.try_get("description")?,
            open_issues: row.try_get("open_issues")?,
            created_at: row.try_get("created_at")?,
            pushed_at: row.try_get("pushed_at")?,
        })
    }
}

pub(crate) async fn find(
    conn: &mut SqliteConnection,
    owner: &str,
    name: &str,
) -> Result<Option<Repository>, sqlx::Error> {
    sqlx::query_as(
        "SELECT r.*, u.id AS author_id, u.login AS author_login, \
         (SELECT count(*) FROM issues i WHERE i.repo_id = r.id AND i.is_open = 1) AS open_issues \
         FROM repositories r JOIN users u ON u.id = r.owner_id WHERE u.login = ? AND r.name = ?",
    )
    .bind(owner)
    .bind(name)
    .fetch_optional(conn)
    .await
}

/// The repository that another row refers to.
pub(crate) async fn by_id(conn: &mut SqliteConnection, id: i64) -> Result<Repository, sqlx::Error> {
    sqlx::query_as(
        "SELECT r.*, u.id AS author_id, u.login AS author_login, \
         (SELECT count(*) FROM issues i WHERE i.repo_id = r.id AND i.is_open = 1) AS open_issues \
         FROM repositories r JOIN users u ON u.id = r.owner_id WHERE r.id = ?",
    )
    .bind(id)
    .fetch_one(conn)
    .await
}

pub(crate) async fn all(conn: &mut SqliteConnection) -> Result<Vec<Repository>, sqlx::Error> {
    sqlx::query_as(
        "SELECT r.*, u.id AS author_id, u.login AS author_login, \
         (SELECT count(*) FROM issues i WHERE i.repo_id = r.id AND i.is_open = 1) AS open_issues \
         FROM repositories r JOIN users u ON u.id = r.owner_id ORDER BY u.login, r.name LIMIT ?",
    )
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await
}

pub(crate) async fn insert(
    conn: &mut SqliteConnection,
    owner: &User,
    name: &str,
    default_branch: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO repositories (owner_id, name, default_branch, requires_checks, created_at, pushed_at) \
         VALUES (?1, ?2, ?3, 1, ?4, ?4)",
    )
    .bind(owner.id)
    .bind(name)
    .bind(default_branch)
    .bind(time::now())
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn describe(
    conn: &mut SqliteConnection,
    repo_id: i64,
    description: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE repositories SET description = ? WHERE id = ?")
        .bind(description)
        .bind(repo_id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn set_requires_checks(
    conn: &mut SqliteConnection,
    repo_id: i64,
    required: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE repositories SET requires_checks = ? WHERE id = ?")
        .bind(required)
        .bind(repo_id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn set_private(
    conn: &mut SqliteConnection,
    repo_id: i64,
    private: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE repositories SET is_private = ? WHERE id = ?")
        .bind(private)
        .bind(repo_id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn set_default_branch(
    conn: &mut SqliteConnection,
    repo_id: i64,
    branch: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE repositories SET default_branch = ? WHERE id = ?")
        .bind(branch)
        .bind(repo_id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn pushed(conn: &mut SqliteConnection, repo_id: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE repositories SET pushed_at = ? WHERE id = ?")
        .bind(time::now())
        .bind(repo_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// The next number for an issue or pull request. Kept only if the transaction is.
pub(crate) async fn next_number(
    conn: &mut SqliteConnection,
    repo_id: i64,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "UPDATE repositories SET last_number = last_number + 1 WHERE id = ? RETURNING last_number",
    )
    .bind(repo_id)
    .fetch_one(conn)
    .await
}
