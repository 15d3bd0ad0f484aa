//! Users.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use crate::time;

#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) login: String,
}

impl User {
    /// Reads a user that a query joined in as `<prefix>_id` and `<prefix>_login`.
    pub(crate) fn joined(row: &SqliteRow, prefix: &str) -> Result<Option<Self>, sqlx::Error> {
        let id: Option<i64> = row.try_get(format!("{prefix}_id").as_str())?;
        let login: Option<String> = row.try_get(format!("{prefix}_login").as_str())?;
        Ok(id.zip(login).map(|(id, login)| Self { id, login }))
    }

    /// Like [`User::joined`] where the column cannot be null.
    pub(crate) fn author(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Self::joined(row, "author")?.ok_or(sqlx::Error::RowNotFound)
    }
}

impl FromRow<'_, SqliteRow> for User {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            login: row.try_get("login")?,
        })
    }
}

pub(crate) async fn ensure_user(
    conn: &mut SqliteConnection,
    login: &str,
) -> Result<User, sqlx::Error> {
    sqlx::query(
        "INSERT INTO users (login, created_at) VALUES (?, ?) ON CONFLICT (login) DO NOTHING",
    )
    .bind(login)
    .bind(time::now())
    .execute(&mut *conn)
    .await?;
    sqlx::query_as("SELECT id, login FROM users WHERE login = ?")
        .bind(login)
        .fetch_one(conn)
        .await
}

pub(crate) async fn user(
    conn: &mut SqliteConnection,
    login: &str,
) -> Result<Option<User>, sqlx::Error> {
    sqlx::query_as("SELECT id, login FROM users WHERE login = ?")
        .bind(login)
        .fetch_optional(conn)
        .await
}

/// The user that another row refers to.
pub(crate) async fn by_id(
    conn: &mut SqliteConnection,
    id: i64,
) -> Result<Option<User>, sqlx::Error> {
    sqlx::query_as("SELECT id, login FROM users WHERE id = ?")
        .bind(id)
        .fetch_optional(conn)
        .await
}
