//! Writes items, inside a transaction that is not begun or ended here. An item is a row
//! with its value, one with its vectors and one with its words; they come and go together.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::store::{Delete, Put, Words};
use sqlx::SqliteConnection;

use super::code::vectors_column;
use super::read::numbers;
use super::visit::Failure;
use crate::items::{Refreshed, path_column};

/// Items that are swept in one transaction: others wait no longer than that takes.
pub(super) const SWEEP_MAX: u64 = 1_000;

/// What has expired is new when it is put again.
const PUT: &str = "
    INSERT INTO store_items (path, key, value, created_at, updated_at, lifetime, expires_at)
    VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)
    ON CONFLICT (path, key) DO UPDATE SET
        value = excluded.value,
        created_at = iif(expires_at <= excluded.updated_at, excluded.updated_at, created_at),
        updated_at = excluded.updated_at,
        lifetime = excluded.lifetime,
        expires_at = excluded.expires_at
    RETURNING id";

/// Only ever later, and only an item that still lives as long: a put that came between is
/// not undone.
const REFRESH: &str = "
    UPDATE store_items SET expires_at = ?2
    WHERE id = ?1 AND lifetime = ?3 AND expires_at < ?2";

pub(super) const EXPIRED: &str = "SELECT id FROM store_items WHERE expires_at <= ?1 LIMIT ?2";

pub(super) async fn put(
    conn: &mut SqliteConnection,
    put: &Put,
    vectors: &[Vec<f32>],
    lifetime: Option<Duration>,
    now: Timestamp,
) -> Result<(), Failure> {
    let value = put.value.to_string();
    let micros = |lifetime: Duration| i64::try_from(lifetime.as_micros()).unwrap_or(i64::MAX);
    let id: i64 = sqlx::query_scalar(PUT)
        .bind(path_column(&put.path))
        .bind(put.key.as_str())
        .bind(value)
        .bind(now.0)
        .bind(lifetime.map(micros))
        .bind(lifetime.map(|lifetime| now.after(lifetime).0))
        .fetch_one(&mut *conn)
        .await?;
    put_vectors(conn, id, vectors).await?;
    put_words(conn, id, &Words::in_value(&put.value)).await
}

async fn put_vectors(
    conn: &mut SqliteConnection,
    id: i64,
    vectors: &[Vec<f32>],
) -> Result<(), Failure> {
    if vectors.is_empty() {
        let forget = sqlx::query("DELETE FROM store_vectors WHERE item = ?1");
        forget.bind(id).execute(conn).await?;
        return Ok(());
    }
    sqlx::query("INSERT OR REPLACE INTO store_vectors (item, vectors) VALUES (?1, ?2)")
        .bind(id)
        .bind(vectors_column(vectors))
        .execute(conn)
        .await?;
    Ok(())
}

/// A row also for an item without words: it takes the place of the one before.
async fn put_words(conn: &mut SqliteConnection, id: i64, words: &Words) -> Result<(), Failure> {
    let words: Vec<&str> = words.iter().collect();
    sqlx::query("INSERT OR REPLACE INTO store_words (rowid, words) VALUES (?1, ?2)")
        .bind(id)
        .bind(words.join(" "))
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn delete(conn: &mut SqliteConnection, delete: &Delete) -> Result<(), Failure> {
    let id: Option<i64> =
        sqlx::query_scalar("SELECT id FROM store_items WHERE path = ?1 AND key = ?2")
            .bind(path_column(&delete.path))
            .bind(delete.key.as_str())
            .fetch_optional(&mut *conn)
            .await?;
    match id {
        Some(id) => forget(conn, &[id]).await,
        None => Ok(()),
    }
}

/// Forgets [`SWEEP_MAX`] items at most that have expired; returns how many.
pub(super) async fn sweep(conn: &mut SqliteConnection, now: Timestamp) -> Result<u64, Failure> {
    let ids: Vec<i64> = sqlx::query_scalar(EXPIRED)
        .bind(now.0)
        .bind(i64::try_from(SWEEP_MAX).unwrap_or(i64::MAX))
        .fetch_all(&mut *conn)
        .await?;
    forget(conn, &ids).await?;
    Ok(ids.len() as u64)
}

pub(super) async fn refresh(
    conn: &mut SqliteConnection,
    refreshed: &[Refreshed],
) -> Result<(), Failure> {
    for one in refreshed {
        sqlx::query(REFRESH)
            .bind(one.item)
            .bind(one.until)
            .bind(one.lifetime)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

async fn forget(conn: &mut SqliteConnection, ids: &[i64]) -> Result<(), Failure> {
    let ids = numbers(ids);
    for sql in [
        "DELETE FROM store_items WHERE id IN (SELECT value FROM json_each(?1))",
        "DELETE FROM store_vectors WHERE item IN (SELECT value FROM json_each(?1))",
        "DELETE FROM store_words WHERE rowid IN (SELECT value FROM json_each(?1))",
    ] {
        sqlx::query(sql).bind(&ids).execute(&mut *conn).await?;
    }
    Ok(())
}
