//! Reads items and paths as they are at one moment.

use std::collections::HashMap;

use agentflow_core::Timestamp;
use agentflow_core::store::{ListPaths, StorePath};
use futures::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::clause::push_is_there;
use super::visit::Failure;
use crate::items::{Columns, Kept, path_column, path_of};

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
    let columns = Columns {
        id: row.try_get(0)?,
        path: row.try_get(1)?,
        key: row.try_get(2)?,
        value: row.try_get(3)?,
        created_at: row.try_get(4)?,
        updated_at: row.try_get(5)?,
        lifetime: row.try_get(6)?,
        expires_at: row.try_get(7)?,
    };
    columns.kept().map_err(Failure::Refused)
}
