//! The steps from one format of the records to the next, each run once and in order.

use sqlx::{Row, SqliteConnection};

use super::accounts::User;
use super::tokens;
use crate::access::{Access, Grant, hash};

/// Format of the records that this build writes.
pub(super) const FORMAT: i64 = 3;

/// Takes the records from one format to the next.
pub(super) async fn step(conn: &mut SqliteConnection, from: i64) -> Result<(), sqlx::Error> {
    match from {
        0 => run(conn, include_str!("schema.sql")).await,
        1 => {
            run(conn, include_str!("access.sql")).await?;
            hash_secrets(conn).await
        }
        2 => run(conn, include_str!("webhooks.sql")).await,
        _ => Ok(()),
    }
}

async fn run(conn: &mut SqliteConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(conn).await?;
    Ok(())
}

/// Tokens that were made before keep working; only their hashes stay.
async fn hash_secrets(conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let rows = sqlx::query(
        "SELECT t.secret, t.name, t.may_write, u.id, u.login FROM plain_tokens t \
         JOIN users u ON u.id = t.user_id",
    )
    .fetch_all(&mut *conn)
    .await?;
    for row in rows {
        let user = User {
            id: row.try_get("id")?,
            login: row.try_get("login")?,
        };
        let secret: String = row.try_get("secret")?;
        let access = match row.try_get("may_write")? {
            true => Access::Write,
            false => Access::Read,
        };
        let (name, hash): (String, _) = (row.try_get("name")?, hash(&secret.into()));
        tokens::put(
            conn,
            &user,
            &name,
            &hash,
            &Grant::Everywhere { access },
            None,
        )
        .await?;
    }
    run(conn, "DROP TABLE plain_tokens").await
}
