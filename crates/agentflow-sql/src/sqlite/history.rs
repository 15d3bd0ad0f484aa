//! Lists checkpoints. What is asked of each is read from its body, page by page.

use agentflow_core::checkpoint::{Checkpoint, HistoryPage};
use rusqlite::{Connection, params};

use super::failure::Failure;
use crate::stored::decode;

const OLDER: &str = "
    SELECT c.id, c.format, c.body
    FROM graphs g JOIN checkpoints c ON c.graph = g.graph
    WHERE g.thread = ?1 AND g.namespace = ?2 AND c.id < ?3
    ORDER BY c.id DESC";

pub(super) fn history(conn: &Connection, page: &HistoryPage) -> Result<Vec<Checkpoint>, Failure> {
    let before = page
        .before
        .map_or(i64::MAX, |id| i64::try_from(id.0).unwrap_or(i64::MAX));
    let mut statement = conn.prepare_cached(OLDER)?;
    let mut rows = statement.query(params![
        page.thread.as_str(),
        page.namespace.as_str(),
        before
    ])?;
    let mut found = Vec::new();
    while found.len() < page.limit as usize
        && let Some(row) = rows.next()?
    {
        let body = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
        let checkpoint = decode(&page.thread, row.get(0)?, row.get(1)?, body);
        let checkpoint = checkpoint.map_err(Failure::Refused)?;
        if page.matches(&checkpoint) {
            found.push(checkpoint);
        }
    }
    Ok(found)
}
