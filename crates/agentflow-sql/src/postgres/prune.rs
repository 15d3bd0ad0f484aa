//! Forgets old checkpoints, and the values and records that nobody needs without them.
//! One transaction, which has locked the thread: what it read still holds when it deletes.

use std::collections::{BTreeSet, HashSet};

use agentflow_core::checkpoint::{Checkpoint, CheckpointError, Prune, Retention};
use agentflow_core::{CheckpointId, Namespace, ThreadId};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use super::checkpointer::PostgresCheckpointer;
use super::error::PostgresError;
use super::load::{checkpoint_id, text};
use crate::limits::absent;

/// Checkpoints that are read at once to see whether they stay.
const READ_AT_ONCE: usize = 1_000;

/// Why nothing was pruned.
enum Failure {
    /// The database failed.
    Failed(sqlx::Error),
    /// What is stored cannot be read.
    Unreadable(CheckpointError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error)
    }
}

impl PostgresCheckpointer {
    /// How many checkpoints went.
    pub(super) async fn forget_old(
        &self,
        thread: &ThreadId,
        what: Prune,
    ) -> Result<u64, CheckpointError> {
        let pruned = self.connections.within(async {
            let mut held = self.connections.hold().await?;
            match self.prune_on(&mut held.conn, thread, what).await {
                Ok(count) => held.give_back(Ok(Ok(count))),
                Err(Failure::Failed(error)) => held.give_back(Err(error)),
                // The connection is closed, and with it the transaction.
                Err(Failure::Unreadable(error)) => Ok(Err(error)),
            }
        });
        pruned.await?
    }

    async fn prune_on(
        &self,
        conn: &mut PgConnection,
        thread: &ThreadId,
        what: Prune,
    ) -> Result<u64, Failure> {
        let mut tx = conn.begin().await?;
        let lock = self.sql("SELECT FROM SCHEMA.threads WHERE thread = $1 FOR NO KEY UPDATE");
        let locked = sqlx::query(AssertSqlSafe(lock))
            .bind(thread.as_str().as_bytes())
            .execute(&mut *tx)
            .await?;
        if locked.rows_affected() == 0 {
            // Nothing to lock, and so nothing to prune.
            tx.rollback().await?;
            return Ok(0);
        }
        // Outer graphs before those inside.
        let graphs = self
            .sql("SELECT graph, namespace FROM SCHEMA.graphs WHERE thread = $1 ORDER BY namespace");
        let graphs = sqlx::query(AssertSqlSafe(graphs))
            .bind(thread.as_str().as_bytes())
            .fetch_all(&mut *tx)
            .await?;
        let mut retention = Retention::new(what);
        let mut count = 0;
        for row in graphs {
            let graph = row.try_get(0)?;
            let namespace = text(thread, row.try_get(1)?).map_err(unreadable)?;
            let ids = self.ids(&mut tx, graph).await?;
            let mut spared = BTreeSet::new();
            for some in retention.in_question(&ids).chunks(READ_AT_ONCE) {
                let some = self.checkpoints(&mut tx, thread, graph, some).await?;
                let stay = some.iter().filter(|one| retention.spares(one));
                spared.extend(stay.map(|one| one.id));
            }
            let stay = retention.of_graph(&Namespace::from(namespace), &ids, spared);
            let staying: Vec<_> = stay.iter().copied().collect();
            let kept = self.checkpoints(&mut tx, thread, graph, &staying).await?;
            for checkpoint in &kept {
                retention.stays(checkpoint);
            }
            if stay.len() < ids.len() {
                let gone: Vec<i64> = ids
                    .iter()
                    .filter(|id| !stay.contains(id))
                    .map(|id| absent(id.0))
                    .collect();
                count += gone.len() as u64;
                self.forget(&mut tx, graph, gone, &kept).await?;
            }
        }
        tx.commit().await?;
        Ok(count)
    }

    /// Oldest first.
    async fn ids(
        &self,
        conn: &mut PgConnection,
        graph: i64,
    ) -> Result<Vec<CheckpointId>, sqlx::Error> {
        let sql = self.sql("SELECT id FROM SCHEMA.checkpoints WHERE graph = $1 ORDER BY id");
        let ids: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(graph)
            .fetch_all(conn)
            .await?;
        Ok(ids.into_iter().map(checkpoint_id).collect())
    }

    async fn checkpoints(
        &self,
        conn: &mut PgConnection,
        thread: &ThreadId,
        graph: i64,
        ids: &[CheckpointId],
    ) -> Result<Vec<Checkpoint>, Failure> {
        let sql = self.sql(
            "SELECT id, format, body FROM SCHEMA.checkpoints WHERE graph = $1 AND id = ANY ($2)",
        );
        let ids: Vec<i64> = ids.iter().map(|id| absent(id.0)).collect();
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(graph)
            .bind(ids)
            .fetch_all(conn)
            .await?;
        let checkpoints = rows.iter().map(|row| self.checkpoint(thread, row));
        checkpoints
            .collect::<Result<_, _>>()
            .map_err(Failure::Unreadable)
    }

    /// Deletes checkpoints, and the values that none of the kept ones refers to.
    async fn forget(
        &self,
        conn: &mut PgConnection,
        graph: i64,
        gone: Vec<i64>,
        kept: &[Checkpoint],
    ) -> Result<(), sqlx::Error> {
        let needed = kept.iter().flat_map(|checkpoint| checkpoint.fields.iter());
        let needed: HashSet<(&[u8], i64)> = needed
            .map(|(name, at)| (name.as_str().as_bytes(), absent(at.0)))
            .collect();
        let sql = self.sql("SELECT field, checkpoint FROM SCHEMA.field_values WHERE graph = $1");
        let values: Vec<(Vec<u8>, i64)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(graph)
            .fetch_all(&mut *conn)
            .await?;
        let (fields, ids): (Vec<Vec<u8>>, Vec<i64>) = values
            .into_iter()
            .filter(|(field, at)| !needed.contains(&(field.as_slice(), *at)))
            .unzip();
        sqlx::query(AssertSqlSafe(
            self.sql("SELECT SCHEMA.forget($1, $2, $3, $4)"),
        ))
        .bind(graph)
        .bind(gone)
        .bind(fields)
        .bind(ids)
        .execute(conn)
        .await
        .map(drop)
    }
}

fn unreadable(error: PostgresError) -> Failure {
    Failure::Unreadable(error.into())
}
