//! Reads items and paths as they are at one moment.

use std::collections::HashMap;

use agentflow_core::Timestamp;
use agentflow_core::store::{Get, ListPaths, StorePath};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::names::number;
use super::store::PostgresStore;
use super::visit::Failure;
use crate::items::{Columns, Kept, path_column, path_of};

/// The columns of [`kept`].
pub(super) const COLUMNS: &str =
    "i.id, i.path, i.key, i.value, i.created_at, i.updated_at, i.lifetime, i.expires_at";

/// Each path once, found from the one before: what is skipped is not read.
const PATHS: &str = "
    WITH RECURSIVE paths (path) AS (
        (SELECT i.path FROM SCHEMA.store_items i
         WHERE i.path > $2 AND (i.expires_at IS NULL OR i.expires_at > $1)
         ORDER BY i.path LIMIT 1)
        UNION ALL
        SELECT (SELECT i.path FROM SCHEMA.store_items i
            WHERE i.path > p.path AND (i.expires_at IS NULL OR i.expires_at > $1)
            ORDER BY i.path LIMIT 1)
        FROM paths p WHERE p.path IS NOT NULL
    )
    SELECT path FROM paths WHERE path IS NOT NULL LIMIT $3";

/// Rows that are asked for at once where nobody knows how many are needed: the first time,
/// and at most.
pub(super) const ROWS_FIRST: usize = 100;
pub(super) const ROWS_MAX: usize = 10_000;

/// Those of the items that are there, each with the place of its read.
pub(super) async fn named(
    conn: &mut PgConnection,
    store: &PostgresStore,
    gets: &[&Get],
    now: Timestamp,
) -> Result<Vec<(usize, Kept)>, Failure> {
    let sql = store.sql(&format!(
        "SELECT {COLUMNS}, u.asked
         FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS u (path, key, asked)
         JOIN SCHEMA.store_items i ON i.path = u.path AND i.key = u.key
         WHERE i.expires_at IS NULL OR i.expires_at > $3"
    ));
    let paths: Vec<Vec<u8>> = gets.iter().map(|get| path_column(&get.path)).collect();
    let keys: Vec<&[u8]> = gets.iter().map(|get| get.key.as_bytes()).collect();
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(paths)
        .bind(keys)
        .bind(now.0)
        .fetch_all(conn)
        .await?;
    let named = rows.iter().map(|row| {
        let asked: i64 = row.try_get(8)?;
        Ok((usize::try_from(asked - 1).unwrap_or(0), kept(row)?))
    });
    named.collect()
}

/// The items with these numbers, in this order. All of them are there.
pub(super) async fn items(
    conn: &mut PgConnection,
    store: &PostgresStore,
    ids: &[i64],
) -> Result<Vec<Kept>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = store.sql(&format!(
        "SELECT {COLUMNS} FROM SCHEMA.store_items i WHERE i.id = ANY ($1)"
    ));
    let mut found = HashMap::with_capacity(ids.len());
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(ids).fetch_all(conn);
    for row in rows.await? {
        let kept = kept(&row)?;
        found.insert(kept.id, kept);
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

pub(super) async fn paths(
    conn: &mut PgConnection,
    store: &PostgresStore,
    list: &ListPaths,
    now: Timestamp,
) -> Result<Vec<StorePath>, Failure> {
    let (mut shown, mut skipped) = (Vec::new(), 0);
    let mut last = None;
    let sql = store.sql(PATHS);
    let mut behind = Vec::new();
    let mut rows_wanted = list.offset.saturating_add(list.limit);
    if !list.matching.is_empty() || list.max_depth.is_some() {
        rows_wanted = rows_wanted.clamp(ROWS_FIRST, ROWS_MAX);
    }
    loop {
        let columns: Vec<Vec<u8>> = sqlx::query_scalar(AssertSqlSafe(sql.as_str()))
            .bind(now.0)
            .bind(&behind)
            .bind(number(rows_wanted))
            .fetch_all(&mut *conn)
            .await?;
        for column in &columns {
            let path = path_of(column).map_err(|error| Failure::Refused(error.into()))?;
            // Paths that are equal once they are cut come next to each other.
            let Some(path) = list.shown(&path).filter(|path| last.as_ref() != Some(path)) else {
                continue;
            };
            last = Some(path.clone());
            if skipped < list.offset {
                skipped += 1;
            } else if shown.len() < list.limit {
                shown.push(path);
            }
        }
        let is_last = columns.len() < rows_wanted;
        match columns.into_iter().next_back() {
            Some(column) if !is_last && shown.len() < list.limit => behind = column,
            _ => return Ok(shown),
        }
        rows_wanted = rows_wanted.saturating_mul(4).min(ROWS_MAX);
    }
}

/// The item of a row that begins with [`COLUMNS`].
pub(super) fn kept(row: &PgRow) -> Result<Kept, Failure> {
    let key: &[u8] = row.try_get(2)?;
    let columns = Columns {
        id: row.try_get(0)?,
        path: row.try_get(1)?,
        key: String::from_utf8_lossy(key).into_owned(),
        value: row.try_get(3)?,
        created_at: row.try_get(4)?,
        updated_at: row.try_get(5)?,
        lifetime: row.try_get(6)?,
        expires_at: row.try_get(7)?,
    };
    columns.kept().map_err(Failure::Refused)
}
