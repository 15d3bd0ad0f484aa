//! Writes items, inside a transaction that is not begun or ended here. An item is a row
//! with its value, one with its vectors and one with its words; they come and go together.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::store::{Delete, Put, Words};
use rusqlite::{Connection, OptionalExtension, params};

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

const FIND: &str = "SELECT id FROM store_items WHERE path = ?1 AND key = ?2";

const PUT_VECTORS: &str = "INSERT OR REPLACE INTO store_vectors (item, vectors) VALUES (?1, ?2)";

const FORGET_VECTORS: &str = "DELETE FROM store_vectors WHERE item = ?1";

const PUT_WORDS: &str = "INSERT OR REPLACE INTO store_words (rowid, words) VALUES (?1, ?2)";

const FORGET: [&str; 3] = [
    "DELETE FROM store_items WHERE id IN (SELECT value FROM json_each(?1))",
    "DELETE FROM store_vectors WHERE item IN (SELECT value FROM json_each(?1))",
    "DELETE FROM store_words WHERE rowid IN (SELECT value FROM json_each(?1))",
];

pub(super) const EXPIRED: &str = "SELECT id FROM store_items WHERE expires_at <= ?1 LIMIT ?2";

pub(super) fn put(
    conn: &Connection,
    put: &Put,
    vectors: &[Vec<f32>],
    lifetime: Option<Duration>,
    now: Timestamp,
) -> Result<(), Failure> {
    let value = put.value.to_string();
    let micros = |lifetime: Duration| i64::try_from(lifetime.as_micros()).unwrap_or(i64::MAX);
    let row = params![
        path_column(&put.path),
        put.key,
        value,
        now.0,
        lifetime.map(micros),
        lifetime.map(|lifetime| now.after(lifetime).0),
    ];
    let id: i64 = conn.prepare_cached(PUT)?.query_row(row, |row| row.get(0))?;
    put_vectors(conn, id, vectors)?;
    put_words(conn, id, &Words::in_value(&put.value))
}

fn put_vectors(conn: &Connection, id: i64, vectors: &[Vec<f32>]) -> Result<(), Failure> {
    if vectors.is_empty() {
        conn.prepare_cached(FORGET_VECTORS)?.execute([id])?;
    } else {
        let row = params![id, vectors_column(vectors)];
        conn.prepare_cached(PUT_VECTORS)?.execute(row)?;
    }
    Ok(())
}

/// A row also for an item without words: it takes the place of the one before.
fn put_words(conn: &Connection, id: i64, words: &Words) -> Result<(), Failure> {
    let words: Vec<&str> = words.iter().collect();
    let row = params![id, words.join(" ")];
    conn.prepare_cached(PUT_WORDS)?.execute(row)?;
    Ok(())
}

pub(super) fn delete(conn: &Connection, delete: &Delete) -> Result<(), Failure> {
    let row = params![path_column(&delete.path), delete.key];
    let id = conn
        .prepare_cached(FIND)?
        .query_row(row, |row| row.get(0))
        .optional()?;
    match id {
        Some(id) => forget(conn, &[id]),
        None => Ok(()),
    }
}

/// Forgets [`SWEEP_MAX`] items at most that have expired; returns how many.
pub(super) fn sweep(conn: &Connection, now: Timestamp) -> Result<u64, Failure> {
    let most = i64::try_from(SWEEP_MAX).unwrap_or(i64::MAX);
    let mut expired = conn.prepare_cached(EXPIRED)?;
    let ids = expired.query_map([now.0, most], |row| row.get(0))?;
    let ids: Vec<i64> = ids.collect::<Result<_, _>>()?;
    forget(conn, &ids)?;
    Ok(ids.len() as u64)
}

pub(super) fn refresh(conn: &Connection, refreshed: &[Refreshed]) -> Result<(), Failure> {
    for one in refreshed {
        let row = params![one.item, one.until, one.lifetime];
        conn.prepare_cached(REFRESH)?.execute(row)?;
    }
    Ok(())
}

fn forget(conn: &Connection, ids: &[i64]) -> Result<(), Failure> {
    let ids = numbers(ids);
    for sql in FORGET {
        conn.prepare_cached(sql)?.execute([&ids])?;
    }
    Ok(())
}
