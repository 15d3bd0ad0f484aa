//! The steps from one format of the records to the next, each run once and in order.

use sqlx::{Row, SqliteConnection};

use super::accounts::User;
use super::tokens;
use crate::access::{Access, Grant, hash};

/// Format of the records that this build writes.
pub(super) const FORMAT: i64 = 4;

/// Takes the records from one format to the next.
pub(super) async fn step(conn: &mut SqliteConnection, from: i64) -> Result<(), sqlx::Error> {
    match from {
        0 => run(conn, include_str!("schema.sql")).await,
        1 => {
            run(conn, include_str!("access.sql")).await?;
            hash_secrets(conn).await
        }
        2 => run(conn, include_str!("webhooks.sql")).await,
        3 => run(conn, include_str!("operations.sql")).await,
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
        let name: String = row.try_get("name")?;
        // Beside the one of the same name that is made from now on, which has another secret.
        let (name, hash) = (format!("{name}, format 1"), hash(&secret.into()));
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::store::Database;

    const PLAIN: &str = "afp_a-secret-of-format-1";

    #[tokio::test]
    async fn a_token_of_the_first_format_keeps_working_as_a_hash() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("db");
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true);
        let mut conn = sqlx::ConnectOptions::connect(&options).await.unwrap();
        step(&mut conn, 0).await.unwrap();
        let rows = "INSERT INTO users VALUES (3, 'octo', 'now'); PRAGMA user_version = 1;";
        sqlx::raw_sql(rows).execute(&mut conn).await.unwrap();
        sqlx::query("INSERT INTO tokens VALUES (?, 3, 'agent', 1)")
            .bind(PLAIN)
            .execute(&mut conn)
            .await
            .unwrap();
        sqlx::Connection::close(conn).await.unwrap();

        let database = Database::open(&file).await.unwrap();
        let mut conn = database.read().await.unwrap();
        let found = tokens::bearer(&mut conn, &hash(&PLAIN.into())).await;
        let bearer = found.unwrap().unwrap();
        let access = Access::Write;
        assert_eq!(
            (bearer.user.id, bearer.grant),
            (3, Grant::Everywhere { access })
        );
        drop(conn);
        database.close().await;
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(PLAIN.len()).any(|it| it == PLAIN.as_bytes());
        assert!(!found, "the secret is gone from the file");
    }
}
