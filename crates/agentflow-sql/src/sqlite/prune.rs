//! Forgets old checkpoints, and the values and records that nobody needs without
//! them. First finds out what goes, which may fail, then deletes it.

use std::collections::{BTreeSet, HashSet};

use agentflow_core::checkpoint::{Checkpoint, Prune, Retention};
use agentflow_core::{CheckpointId, Namespace, ThreadId};
use sqlx::SqliteConnection;

use super::events::json_list;
use super::fence::WriteError;
use crate::limits::number;
use crate::stored::decode;

/// Checkpoints that are read at once to see whether they stay.
const READ_AT_ONCE: usize = 1_000;

const CHECKPOINTS: &str = "
    SELECT id, format, body FROM checkpoints
    WHERE graph = ?1 AND id IN (SELECT value FROM json_each(?2))";

/// Deletes the checkpoints and the values that the JSON lists `?2`, of ids, and `?3`,
/// of rows, name.
const FORGET: &str = "
    DELETE FROM records
    WHERE graph = ?1 AND checkpoint IN (SELECT value FROM json_each(?2));
    DELETE FROM field_values WHERE rowid IN (SELECT value FROM json_each(?3));
    DELETE FROM checkpoints WHERE graph = ?1 AND id IN (SELECT value FROM json_each(?2));
    DELETE FROM graphs
    WHERE graph = ?1 AND NOT EXISTS (SELECT 1 FROM checkpoints WHERE graph = ?1);";

/// What goes of one graph.
struct Gone {
    graph: i64,
    checkpoints: Vec<CheckpointId>,
    /// Rows of `field_values`.
    values: Vec<i64>,
}

/// How many checkpoints went.
pub(super) async fn prune(
    conn: &mut SqliteConnection,
    thread: &ThreadId,
    what: Prune,
) -> Result<u64, WriteError> {
    // Outer graphs before those inside.
    let graphs: Vec<(i64, String)> =
        sqlx::query_as("SELECT graph, namespace FROM graphs WHERE thread = ?1 ORDER BY namespace")
            .bind(thread.as_str())
            .fetch_all(&mut *conn)
            .await?;
    let mut retention = Retention::new(what);
    let mut gone = Vec::new();
    for (graph, namespace) in graphs {
        let ids = ids(conn, graph).await?;
        let mut spared = BTreeSet::new();
        for some in retention.in_question(&ids).chunks(READ_AT_ONCE) {
            let some = checkpoints(conn, thread, graph, some).await?;
            let stay = some.iter().filter(|one| retention.spares(one));
            spared.extend(stay.map(|one| one.id));
        }
        let stay = retention.of_graph(&Namespace::from(namespace), &ids, spared);
        let staying: Vec<_> = stay.iter().copied().collect();
        let kept = checkpoints(conn, thread, graph, &staying).await?;
        for checkpoint in &kept {
            retention.stays(checkpoint);
        }
        if stay.len() < ids.len() {
            gone.push(Gone {
                graph,
                checkpoints: ids.into_iter().filter(|id| !stay.contains(id)).collect(),
                values: unneeded_values(conn, graph, &kept).await?,
            });
        }
    }
    let mut count = 0;
    for gone in gone {
        count += gone.checkpoints.len() as u64;
        sqlx::query(FORGET)
            .bind(gone.graph)
            .bind(json_list(gone.checkpoints.iter().map(|id| id.0)))
            .bind(json_list(gone.values.into_iter().map(number)))
            .execute(&mut *conn)
            .await?;
    }
    Ok(count)
}

/// Oldest first.
async fn ids(conn: &mut SqliteConnection, graph: i64) -> Result<Vec<CheckpointId>, sqlx::Error> {
    let ids: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM checkpoints WHERE graph = ?1 ORDER BY id")
            .bind(graph)
            .fetch_all(conn)
            .await?;
    Ok(ids.into_iter().map(number).map(CheckpointId).collect())
}

async fn checkpoints(
    conn: &mut SqliteConnection,
    thread: &ThreadId,
    graph: i64,
    ids: &[CheckpointId],
) -> Result<Vec<Checkpoint>, WriteError> {
    let rows: Vec<(i64, u32, String)> = sqlx::query_as(CHECKPOINTS)
        .bind(graph)
        .bind(json_list(ids.iter().map(|id| id.0)))
        .fetch_all(conn)
        .await?;
    rows.into_iter()
        .map(|(id, format, body)| decode(thread, id, format, &body).map_err(WriteError::Refused))
        .collect()
}

/// Rows of values that none of the checkpoints refers to.
async fn unneeded_values(
    conn: &mut SqliteConnection,
    graph: i64,
    kept: &[Checkpoint],
) -> Result<Vec<i64>, sqlx::Error> {
    let fields = kept.iter().flat_map(|checkpoint| checkpoint.fields.iter());
    let needed: HashSet<(&str, CheckpointId)> =
        fields.map(|(name, at)| (name.as_str(), at)).collect();
    let rows: Vec<(i64, String, i64)> =
        sqlx::query_as("SELECT rowid, field, checkpoint FROM field_values WHERE graph = ?1")
            .bind(graph)
            .fetch_all(conn)
            .await?;
    let rows = rows.into_iter().filter(|(_, field, at)| {
        let at = CheckpointId(number(*at));
        !needed.contains(&(field.as_str(), at))
    });
    Ok(rows.map(|(row, _, _)| row).collect())
}
