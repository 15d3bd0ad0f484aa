//! Reads items and paths as they are at one moment.

use std::collections::HashMap;

use agentflow_core::Timestamp;
use agentflow_core::checkpoint::CodecError;
use agentflow_core::store::{Item, ListPaths, StoreError, StorePath};
use futures::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::clause::push_is_there;
use super::code::{path_column, path_of};
use super::visit::Failure;

const COLUMNS: &str =
    "i.id, i.path, i.key, i.value, i.created_at, i.updated_at, i.lifetime, i.expires_at";

/// Each path once, found from the one before: what is skipped is not read.
pub(super) const PATHS: &str = "
    WITH RECURSIVE paths (path) AS (
        SELECT (SELECT i.path FROM store_items i
            WHERE i.expires_at IS NULL OR i.expires_at > ?1 ORDER BY i.path LIMIT 1)
        UNION ALL
        SELECT (SELECT i.path FROM store_items i
            WHERE i.path > paths.path AND (i.expires_at IS NULL OR i.expires_at > ?1)
            ORDER BY i.path LIMIT 1)
        FROM paths WHERE paths.path IS NOT NULL
    )
    SELECT path FROM paths WHERE path IS NOT NULL";

/// An item and what its readers do not see of it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) id: i64,
    /// In microseconds.
    pub(super) lifetime: Option<i64>,
    pub(super) item: Item,
}

pub(super) async fn item(
    conn: &mut SqliteConnection,
    path: &StorePath,
    key: &str,
    now: Timestamp,
) -> Result<Option<Kept>, Failure> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT ");
    sql.push(COLUMNS).push(" FROM store_items i WHERE ");
    push_is_there(&mut sql, now);
    sql.push(" AND i.path = ").push_bind(path_column(path));
    sql.push(" AND i.key = ").push_bind(key);
    let row = sql.build().fetch_optional(conn).await?;
    row.map(|row| kept(&row)).transpose()
}

/// The items with these numbers, in this order. All of them are there.
pub(super) async fn items(conn: &mut SqliteConnection, ids: &[i64]) -> Result<Vec<Kept>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT ");
    sql.push(COLUMNS)
        .push(" FROM store_items i WHERE i.id IN (SELECT value FROM json_each(");
    sql.push_bind(numbers(ids)).push("))");
    let mut found = HashMap::with_capacity(ids.len());
    for row in sql.build().fetch_all(conn).await? {
        let kept = kept(&row)?;
        found.insert(kept.id, kept);
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Numbers as a list that `json_each` takes.
pub(super) fn numbers(ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    format!("[{}]", ids.join(","))
}

pub(super) async fn paths(
    conn: &mut SqliteConnection,
    list: &ListPaths,
    now: Timestamp,
) -> Result<Vec<StorePath>, Failure> {
    let (mut shown, mut skipped) = (Vec::new(), 0);
    let mut last = None;
    let mut rows = sqlx::query_scalar::<_, Vec<u8>>(PATHS)
        .bind(now.0)
        .fetch(conn);
    while shown.len() < list.limit
        && let Some(column) = rows.try_next().await?
    {
        let path = path_of(&column).map_err(|error| Failure::Refused(error.into()))?;
        // Paths that are equal once they are cut come next to each other.
        let Some(path) = list.shown(&path).filter(|path| last.as_ref() != Some(path)) else {
            continue;
        };
        last = Some(path.clone());
        if skipped < list.offset {
            skipped += 1;
        } else {
            shown.push(path);
        }
    }
    Ok(shown)
}

fn kept(row: &SqliteRow) -> Result<Kept, Failure> {
    let refused = |error: StoreError| Failure::Refused(error);
    let path = path_of(row.try_get(1)?).map_err(|error| refused(error.into()))?;
    let key: String = row.try_get(2)?;
    let value = serde_json::from_str(row.try_get(3)?).map_err(|source| {
        let what = format!("item `{key}` of `{path}`");
        refused(CodecError::decoding(what, source).into())
    })?;
    let expires_at: Option<i64> = row.try_get(7)?;
    Ok(Kept {
        id: row.try_get(0)?,
        lifetime: row.try_get(6)?,
        item: Item {
            path,
            key,
            value,
            created_at: Timestamp(row.try_get(4)?),
            updated_at: Timestamp(row.try_get(5)?),
            expires_at: expires_at.map(Timestamp),
        },
    })
}
