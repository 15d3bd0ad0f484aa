//! Forgets old checkpoints, and the values and records that nobody needs without them.
//! One transaction, which has locked the thread: what it read still holds when it deletes.

use std::collections::{BTreeSet, HashSet};

use agentflow_core::checkpoint::{Checkpoint, CheckpointError, Prune, Retention};
use agentflow_core::{CheckpointId, Namespace, ThreadId};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use super::checkpointer::PostgresCheckpointer;
use super::error::PostgresError;
use super::load::{checkpoint_id, text};
use crate::changed::in_row;
use crate::data::DataError;
use crate::limits::absent;

/// Checkpoints that are read at once to see whether they stay.
const READ_AT_ONCE: usize = 1_000;

/// What the rows of checkpoints hold of values.
const CHANGED: &str = "
    SELECT id, changed FROM SCHEMA.checkpoints
    WHERE graph = $1 AND id = ANY ($2) AND changed IS NOT NULL";

const MOVE: &str = "
    INSERT INTO SCHEMA.field_values (graph, field, checkpoint, value)
    SELECT $1, field, checkpoint, value
    FROM unnest($2::bytea[], $3::bigint[], $4::bytea[]) AS needed (field, checkpoint, value)";

/// One graph of a thread, by its number.
#[derive(Clone, Copy)]
struct Graph<'a> {
    thread: &'a ThreadId,
    number: i64,
}

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
                let number = graph;
                self.forget(&mut tx, Graph { thread, number }, gone, &kept)
                    .await?;
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
        graph: Graph<'_>,
        gone: Vec<i64>,
        kept: &[Checkpoint],
    ) -> Result<(), Failure> {
        let needed = kept.iter().flat_map(|checkpoint| checkpoint.fields.iter());
        let needed: HashSet<(&str, CheckpointId)> =
            needed.map(|(name, at)| (name.as_str(), at)).collect();
        self.move_apart(conn, graph, &gone, &needed).await?;
        let sql = self.sql("SELECT field, checkpoint FROM SCHEMA.field_values WHERE graph = $1");
        let values: Vec<(Vec<u8>, i64)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(graph.number)
            .fetch_all(&mut *conn)
            .await?;
        let is_needed = |field: &[u8], at| {
            str::from_utf8(field).is_ok_and(|name| needed.contains(&(name, checkpoint_id(at))))
        };
        let (fields, ids): (Vec<Vec<u8>>, Vec<i64>) = values
            .into_iter()
            .filter(|(field, at)| !is_needed(field, *at))
            .unzip();
        sqlx::query(AssertSqlSafe(
            self.sql("SELECT SCHEMA.forget_checkpoints($1, $2, $3, $4)"),
        ))
        .bind(graph.number)
        .bind(gone)
        .bind(fields)
        .bind(ids)
        .execute(conn)
        .await?;
        Ok(())
    }

    /// Gives those values rows of their own that are needed further, and lie in the rows of
    /// checkpoints that go.
    async fn move_apart(
        &self,
        conn: &mut PgConnection,
        graph: Graph<'_>,
        gone: &[i64],
        needed: &HashSet<(&str, CheckpointId)>,
    ) -> Result<(), Failure> {
        let gone: HashSet<i64> = gone.iter().copied().collect();
        let from: BTreeSet<i64> = needed.iter().map(|(_, at)| absent(at.0)).collect();
        let from: Vec<i64> = from.into_iter().filter(|at| gone.contains(at)).collect();
        for some in from.chunks(READ_AT_ONCE) {
            let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(self.sql(CHANGED)))
                .bind(graph.number)
                .bind(some)
                .fetch_all(&mut *conn)
                .await?;
            let (mut fields, mut ids, mut values) = (Vec::new(), Vec::new(), Vec::new());
            for (id, row) in &rows {
                let at = checkpoint_id(*id);
                let damaged = || DataError::ValuesDamaged {
                    thread: graph.thread.clone(),
                    id: at,
                };
                let changed = in_row(row).ok_or_else(|| unreadable(damaged().into()))?;
                for (field, value) in changed {
                    if needed.contains(&(field, at)) {
                        fields.push(field.as_bytes());
                        ids.push(*id);
                        values.push(value);
                    }
                }
            }
            sqlx::query(AssertSqlSafe(self.sql(MOVE)))
                .bind(graph.number)
                .bind(fields)
                .bind(ids)
                .bind(values)
                .execute(&mut *conn)
                .await?;
        }
        Ok(())
    }
}

fn unreadable(error: PostgresError) -> Failure {
    Failure::Unreadable(error.into())
}
