//! Reads items and paths as they are at one moment.

use std::collections::HashMap;

use agentflow_core::Timestamp;
use agentflow_core::store::{ListPaths, StorePath};
use rusqlite::{Connection, Row};

use super::clause::push_is_there;
use super::sql::Sql;
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

pub(super) fn item(
    conn: &Connection,
    path: &StorePath,
    key: &str,
    now: Timestamp,
) -> Result<Option<Kept>, Failure> {
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(" FROM store_items i WHERE ");
    push_is_there(&mut sql, now);
    sql.push(" AND i.path = ").push_bind(path_column(path));
    sql.push(" AND i.key = ").push_bind(key.to_owned());
    let mut statement = sql.prepare(conn)?;
    let mut rows = sql.query(&mut statement)?;
    rows.next()?.map(kept).transpose()
}

/// The items with these numbers, in this order. All of them are there.
pub(super) fn items(conn: &Connection, ids: &[i64]) -> Result<Vec<Kept>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS)
        .push(" FROM store_items i WHERE i.id IN (SELECT value FROM json_each(");
    sql.push_bind(numbers(ids)).push("))");
    let mut statement = sql.prepare(conn)?;
    let mut rows = sql.query(&mut statement)?;
    let mut found = HashMap::with_capacity(ids.len());
    while let Some(row) = rows.next()? {
        let kept = kept(row)?;
        found.insert(kept.id, kept);
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// Numbers as a list that `json_each` takes.
pub(super) fn numbers(ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    format!("[{}]", ids.join(","))
}

pub(super) fn paths(
    conn: &Connection,
    list: &ListPaths,
    now: Timestamp,
) -> Result<Vec<StorePath>, Failure> {
    let (mut shown, mut skipped) = (Vec::new(), 0);
    let mut last = None;
    let mut statement = conn.prepare_cached(PATHS)?;
    let mut rows = statement.query([now.0])?;
    while shown.len() < list.limit
        && let Some(row) = rows.next()?
    {
        let column = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let path = path_of(column).map_err(|error| Failure::Refused(error.into()))?;
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

fn kept(row: &Row<'_>) -> Result<Kept, Failure> {
    let columns = Columns {
        id: row.get(0)?,
        path: row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?,
        key: row.get(2)?,
        value: row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?,
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
        lifetime: row.get(6)?,
        expires_at: row.get(7)?,
    };
    columns.kept().map_err(Failure::Refused)
}
