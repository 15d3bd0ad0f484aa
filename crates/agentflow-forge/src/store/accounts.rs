//! Users and the tokens they show.

use secrecy::{ExposeSecret, SecretString};
use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use crate::time;

#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Who a token stands for, and whether it may change anything.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    pub(crate) user: User,
    pub(crate) may_write: bool,
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

/// The user's token of that name, made on first use; its right becomes the one asked for.
pub(crate) async fn ensure_token(
    conn: &mut SqliteConnection,
    user: &User,
    name: &str,
    may_write: bool,
) -> Result<SecretString, sqlx::Error> {
    // SQLite's randomness comes from a stream cipher seeded by the system.
    let secret: String = sqlx::query_scalar(
        "INSERT INTO tokens (secret, user_id, name, may_write) \
         VALUES ('afp_' || lower(hex(randomblob(20))), ?, ?, ?) \
         ON CONFLICT (user_id, name) DO UPDATE SET may_write = excluded.may_write RETURNING secret",
    )
    .bind(user.id)
    .bind(name)
    .bind(may_write)
    .fetch_one(conn)
    .await?;
    Ok(SecretString::from(secret))
}

pub(crate) async fn bearer(
    conn: &mut SqliteConnection,
    secret: &SecretString,
) -> Result<Option<Bearer>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT u.id, u.login, t.may_write FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.secret = ?",
    )
    .bind(secret.expose_secret())
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Bearer {
            user: User::from_row(&row)?,
            may_write: row.try_get("may_write")?,
        })
    })
    .transpose()
}
