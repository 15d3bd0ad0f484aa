//! Reads, inside a write's transaction, who may write a thread and where a graph
//! stands, and refuses a writer whose lease is not in force.

use agentflow_core::checkpoint::{CheckpointError, Epoch, Fence, OwnerId};
use agentflow_core::{CheckpointId, Namespace};
use rusqlite::{Connection, OptionalExtension, params};

use super::failure::Failure;
use crate::limits::{absent, number};

const STANDING: &str = "
    SELECT t.epoch, t.owner, t.wake_at IS NOT NULL, g.graph,
           (SELECT max(id) FROM checkpoints WHERE graph = g.graph)
    FROM threads t LEFT JOIN graphs g ON g.thread = t.thread AND g.namespace = ?2
    WHERE t.thread = ?1";

const HAS_CHECKPOINT: &str =
    "SELECT EXISTS (SELECT 1 FROM checkpoints WHERE graph = ?1 AND id = ?2)";

/// What is known of a graph that is to be written.
pub(super) struct Standing {
    /// Its number, if it has any checkpoint.
    pub(super) graph: Option<i64>,
    /// Its newest checkpoint.
    pub(super) head: Option<CheckpointId>,
    /// Whether its thread is to be looked at again some time.
    pub(super) has_wake_up: bool,
}

/// The columns of [`STANDING`].
type Found = (i64, Option<String>, bool, Option<i64>, Option<i64>);

/// Where the graph stands, if the fence is in force.
pub(super) fn standing(
    conn: &Connection,
    fence: &Fence,
    namespace: &Namespace,
) -> Result<Standing, Failure> {
    let found = conn
        .prepare_cached(STANDING)?
        .query_row(params![fence.thread.as_str(), namespace.as_str()], |row| {
            Found::try_from(row)
        })
        .optional()?;
    let Some((epoch, owner, has_wake_up, graph, head)) = found else {
        return Err(fenced(fence, 0, None));
    };
    if owner.is_none() || number(epoch) != fence.epoch.0 {
        return Err(fenced(fence, epoch, owner));
    }
    Ok(Standing {
        graph,
        head: head.map(number).map(CheckpointId),
        has_wake_up,
    })
}

impl Standing {
    /// The number of the graph, if it has this checkpoint.
    pub(super) fn graph_with(
        &self,
        conn: &Connection,
        checkpoint: CheckpointId,
    ) -> Result<Option<i64>, rusqlite::Error> {
        let Some(graph) = self.graph else {
            return Ok(None);
        };
        if self.head == Some(checkpoint) {
            return Ok(Some(graph));
        }
        let mut has = conn.prepare_cached(HAS_CHECKPOINT)?;
        let has: bool = has.query_row(params![graph, absent(checkpoint.0)], |row| row.get(0))?;
        Ok(has.then_some(graph))
    }
}

pub(super) fn fenced(fence: &Fence, current: i64, holder: Option<String>) -> Failure {
    Failure::Refused(CheckpointError::Fenced {
        thread: fence.thread.clone(),
        held: fence.epoch,
        current: Epoch(number(current)),
        holder: holder.map(OwnerId),
    })
}
