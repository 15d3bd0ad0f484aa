//! Lists checkpoints. What is asked of each is read from its body, page by page.

use agentflow_core::checkpoint::{Checkpoint, CheckpointError, HistoryPage};
use sqlx::SqliteConnection;

use super::load::Reader;
use crate::stored::decode;

/// Checkpoints that are read at once to look for those that match.
const READ_AHEAD: u32 = 256;

const OLDER: &str = "
    SELECT c.id, c.format, c.body
    FROM graphs g JOIN checkpoints c ON c.graph = g.graph
    WHERE g.thread = ?1 AND g.namespace = ?2 AND c.id < ?3
    ORDER BY c.id DESC LIMIT ?4";

impl Reader {
    pub(super) async fn history(
        &self,
        page: &HistoryPage,
    ) -> Result<Vec<Checkpoint>, CheckpointError> {
        let limit = page.limit as usize;
        let read = if page.takes_all() {
            page.limit
        } else {
            READ_AHEAD
        };
        let mut before = page
            .before
            .map_or(i64::MAX, |id| i64::try_from(id.0).unwrap_or(i64::MAX));
        let mut found = Vec::new();
        // One transaction sees one moment: nothing goes between its statements.
        let mut tx = self.pool.begin().await.map_err(|error| self.error(error))?;
        while found.len() < limit {
            let rows = older(&mut tx, page, before, read).await;
            let rows = rows.map_err(|error| self.error(error))?;
            for (id, format, body) in &rows {
                before = *id;
                let checkpoint = decode(&page.thread, *id, *format, body)?;
                if page.matches(&checkpoint) {
                    found.push(checkpoint);
                }
            }
            if rows.len() < read as usize {
                break;
            }
        }
        tx.rollback().await.map_err(|error| self.error(error))?;
        found.truncate(limit);
        Ok(found)
    }
}

async fn older(
    conn: &mut SqliteConnection,
    page: &HistoryPage,
    before: i64,
    limit: u32,
) -> Result<Vec<(i64, u32, String)>, sqlx::Error> {
    let query = sqlx::query_as(OLDER)
        .bind(page.thread.as_str())
        .bind(page.namespace.as_str())
        .bind(before)
        .bind(limit);
    query.fetch_all(conn).await
}
