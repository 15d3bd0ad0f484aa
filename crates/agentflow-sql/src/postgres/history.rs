//! Lists checkpoints. What is asked of each is read from its body, page by page.

use agentflow_core::checkpoint::{Checkpoint, CheckpointError, HistoryPage};
use sqlx::AssertSqlSafe;

use super::checkpointer::PostgresCheckpointer;
use crate::limits::absent;

/// Checkpoints that are read at once to look for those that match.
const READ_AHEAD: u32 = 256;

const OLDER: &str = "
    SELECT c.id, c.format, c.body
    FROM SCHEMA.graphs g JOIN SCHEMA.checkpoints c ON c.graph = g.graph
    WHERE g.thread = $1 AND g.namespace = $2 AND c.id < $3
    ORDER BY c.id DESC LIMIT $4";

impl PostgresCheckpointer {
    pub(super) async fn history_page(
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
        // Each part goes on below the last one, so that no new head comes in between.
        while found.len() < limit {
            let statement = sqlx::query(AssertSqlSafe(self.sql(OLDER)))
                .bind(page.thread.as_str().as_bytes())
                .bind(page.namespace.as_str().as_bytes())
                .bind(before)
                .bind(i64::from(read));
            let rows = self.connections.rows(statement).await?;
            for row in &rows {
                let checkpoint = self.checkpoint(&page.thread, row)?;
                before = absent(checkpoint.id.0);
                if page.matches(&checkpoint) {
                    found.push(checkpoint);
                }
            }
            if rows.len() < read as usize {
                break;
            }
        }
        found.truncate(limit);
        Ok(found)
    }
}
