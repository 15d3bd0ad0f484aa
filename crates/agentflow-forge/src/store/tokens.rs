//! Tokens: whose they are, what they were given, until when. Of secrets it has only hashes.

use sqlx::{FromRow, Row, SqliteConnection, sqlite::SqliteRow};

use super::accounts::User;
use crate::access::{Access, Grant};

/// Who a token stands for, and what it was given.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    pub(crate) token_id: i64,
    pub(crate) user: User,
    pub(crate) grant: Grant,
    /// Seconds since 1970.
    pub(crate) expires_at: Option<i64>,
}

impl FromRow<'_, SqliteRow> for Bearer {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let grant: String = row.try_get("given")?;
        let grant = serde_json::from_str(&grant).map_err(|source| sqlx::Error::ColumnDecode {
            index: "given".to_owned(),
            source: source.into(),
        })?;
        Ok(Self {
            token_id: row.try_get("token_id")?,
            user: User::from_row(row)?,
            grant,
            expires_at: row.try_get("expires_at")?,
        })
    }
}

/// The user's token of that name gets this secret, these rights and this end, old or new.
pub(crate) async fn put(
    conn: &mut SqliteConnection,
    user: &User,
    name: &str,
    hash: &str,
    grant: &Grant,
    expires_at: Option<i64>,
) -> Result<(), sqlx::Error> {
    let given = serde_json::to_string(grant).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(
        "INSERT INTO tokens (hash, user_id, name, given, expires_at) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (user_id, name) DO UPDATE SET hash = excluded.hash, given = excluded.given, \
         expires_at = excluded.expires_at",
    )
    .bind(hash)
    .bind(user.id)
    .bind(name)
    .bind(given)
    .bind(expires_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Who shows the secret with this hash, whether or not the token has expired.
pub(crate) async fn bearer(
    conn: &mut SqliteConnection,
    hash: &str,
) -> Result<Option<Bearer>, sqlx::Error> {
    sqlx::query_as(
        "SELECT t.id AS token_id, t.given, t.expires_at, u.id, u.login \
         FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.hash = ?",
    )
    .bind(hash)
    .fetch_optional(conn)
    .await
}

/// Whether the user holds a token that may change every repository.
pub(crate) async fn writes_everywhere(
    conn: &mut SqliteConnection,
    user: &User,
) -> Result<bool, sqlx::Error> {
    let grant = Grant::Everywhere {
        access: Access::Write,
    };
    let given = serde_json::to_string(&grant).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let held: i64 =
        sqlx::query_scalar("SELECT count(*) FROM tokens WHERE user_id = ? AND given = ?")
            .bind(user.id)
            .bind(given)
            .fetch_one(conn)
            .await?;
    Ok(held > 0)
}
