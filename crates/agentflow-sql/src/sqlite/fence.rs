//! Reads, inside a write's transaction, who may write a thread and where a graph
//! stands, and refuses a writer whose lease is not in force.

use agentflow_core::checkpoint::{CheckpointError, Epoch, Fence, OwnerId};
use agentflow_core::{CheckpointId, Namespace};
use sqlx::{Row, SqliteConnection};

use crate::limits::number;

/// Why a write did not happen.
#[derive(Debug)]
pub(crate) enum WriteError<E = CheckpointError> {
    /// It was refused before it wrote anything: its neighbours in the transaction go on.
    Refused(E),
    /// The database failed: the whole transaction is in doubt.
    Failed(sqlx::Error),
}

impl<E> From<sqlx::Error> for WriteError<E> {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error)
    }
}

/// What is known of a graph that is to be written.
pub(super) struct Standing {
    /// Its newest checkpoint.
    pub(super) head: Option<CheckpointId>,
    /// Whether it has the checkpoint that was asked for.
    pub(super) has_checkpoint: bool,
}

/// Where the graph stands, if the fence is in force.
pub(super) async fn standing(
    conn: &mut SqliteConnection,
    fence: &Fence,
    namespace: &Namespace,
    checkpoint: Option<i64>,
) -> Result<Standing, WriteError> {
    let row = sqlx::query(
        "SELECT t.epoch, t.owner, g.head, c.id IS NOT NULL
         FROM threads t
         LEFT JOIN graphs g ON g.thread = t.thread AND g.namespace = ?2
         LEFT JOIN checkpoints c ON c.graph = g.graph AND c.id = ?3
         WHERE t.thread = ?1",
    )
    .bind(fence.thread.as_str())
    .bind(namespace.as_str())
    .bind(checkpoint)
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else {
        return Err(fenced(fence, 0, None));
    };
    let (epoch, owner): (i64, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
    if owner.is_none() || number(epoch) != fence.epoch.0 {
        return Err(fenced(fence, epoch, owner));
    }
    let head: Option<i64> = row.try_get(2)?;
    Ok(Standing {
        head: head.map(number).map(CheckpointId),
        has_checkpoint: row.try_get(3)?,
    })
}

pub(super) fn fenced(fence: &Fence, current: i64, holder: Option<String>) -> WriteError {
    WriteError::Refused(CheckpointError::Fenced {
        thread: fence.thread.clone(),
        held: fence.epoch,
        current: Epoch(number(current)),
        holder: holder.map(OwnerId),
    })
}
