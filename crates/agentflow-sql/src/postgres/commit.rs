//! Stores one superstep in one statement: its checkpoint with the fields that changed, and
//! what it leaves behind on the checkpoint it was built on.
//!
//! Rarely in two: what [`GO_ON`] does not find as it must be, the function looks at again,
//! and says what is wrong.

use agentflow_core::CheckpointId;
use agentflow_core::checkpoint::{CheckpointError, CommitRequest, KEYS_MAX};
use sqlx::AssertSqlSafe;

use super::checkpointer::PostgresCheckpointer;
use super::error::PostgresError;
use super::records::Columns;
use crate::changed::Changed;
use crate::data::DataError;
use crate::limits::{absent, check, check_commit, column, number};
use crate::stored;

/// Most bytes of values in one call, 512 MiB: a message of Postgres's protocol ends at
/// 1 GiB.
const CALL_BYTES_MAX: usize = 512 * 1024 * 1024;

/// A superstep as nearly all are: the thread's root goes on from its head, with small values
/// only. Apart from the function, which takes a tenth of the superstep longer even if it does
/// no more than this: a server that has waited for its disk has no code in the processor's
/// caches, so that every step costs.
///
/// If somebody else writes the row of the thread, the update waits, and compares with what
/// they wrote. It writes nothing where the lease or the head is another.
pub(super) const GO_ON: &str = "
    WITH moved AS (
        UPDATE SCHEMA.threads SET head = $4, wake_at = NULL
        WHERE thread = $1 AND epoch = $2 AND owner IS NOT NULL AND head = $3
        RETURNING root)
    INSERT INTO SCHEMA.checkpoints (graph, id, format, body, changed)
    SELECT root, $4, $5, $6, $7 FROM moved";

const COMMIT: &str = "
    SELECT SCHEMA.store_superstep(
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

/// Why it was refused, as the function says; else the head is another one.
const FENCED: i64 = 1;
const NO_PARENT: i64 = 3;

/// A commit as its statements take it.
struct Superstep<'a> {
    request: &'a CommitRequest,
    id: i64,
    body: String,
    changed: Changed,
}

impl PostgresCheckpointer {
    pub(super) async fn commit_now(&self, request: &CommitRequest) -> Result<(), CheckpointError> {
        request.check()?;
        let body = stored::body(request)?;
        let superstep = Superstep {
            request,
            id: check_request(request, &body).map_err(PostgresError::from)?,
            body,
            changed: Changed::new(&request.changed),
        };
        if self.goes_on(&superstep).await? {
            return Ok(());
        }
        self.store(&superstep).await
    }

    /// Stores a superstep if it is one that [`GO_ON`] can.
    async fn goes_on(&self, superstep: &Superstep<'_>) -> Result<bool, PostgresError> {
        let Superstep {
            request,
            id,
            body,
            changed,
        } = superstep;
        let checkpoint = &request.checkpoint;
        let Some(head) = request.expected_head else {
            return Ok(false);
        };
        let is_plain = request.namespace.is_root()
            && checkpoint.parent == Some(head)
            && checkpoint.id > head
            && changed.apart(&request.changed).next().is_none()
            && request.records.is_empty()
            && request.taken.is_empty();
        if !is_plain {
            return Ok(false);
        }
        let statement = sqlx::query(AssertSqlSafe(self.go_on_sql.as_str()))
            .bind(request.fence.thread.as_str().as_bytes())
            .bind(absent(request.fence.epoch.0))
            .bind(absent(head.0))
            .bind(*id)
            .bind(i64::from(checkpoint.format))
            .bind(body.as_str())
            .bind(changed.in_row.as_slice());
        Ok(self.connections.written(statement).await? == 1)
    }

    async fn store(&self, superstep: &Superstep<'_>) -> Result<(), CheckpointError> {
        let Superstep {
            request,
            id,
            body,
            changed,
        } = superstep;
        let (fields, values): (Vec<&[u8]>, Vec<&[u8]>) = changed
            .apart(&request.changed)
            .map(|(field, value)| (field.as_bytes(), value))
            .unzip();
        let records = Columns::of(&request.records);
        let taken: Vec<i64> = request.taken.iter().map(|id| absent(id.0)).collect();
        let sql = self.sql(COMMIT);
        let statement = sqlx::query(AssertSqlSafe(sql))
            .bind(request.fence.thread.as_str().as_bytes())
            .bind(request.namespace.as_str().as_bytes())
            .bind(absent(request.fence.epoch.0))
            .bind(request.expected_head.map(|head| absent(head.0)))
            .bind(*id)
            .bind(request.checkpoint.parent.map(|parent| absent(parent.0)))
            .bind(i64::from(request.checkpoint.format))
            .bind(body.as_str())
            .bind(changed.in_row.as_slice())
            .bind(fields)
            .bind(values)
            .bind(records.tasks)
            .bind(records.kinds)
            .bind(records.keys)
            .bind(records.values)
            .bind(records.first_wins)
            .bind(taken)
            .bind(i64::try_from(KEYS_MAX).unwrap_or(i64::MAX));
        let row = self.connections.row(statement).await?;
        let Some(refusal) = self.get::<Option<Vec<Option<i64>>>>(&row, 0)? else {
            return Ok(());
        };
        let actual = refusal.get(1).copied().flatten();
        let expected = match refusal.first().copied().flatten() {
            Some(FENCED) => return Err(self.fenced(&request.fence).await),
            Some(NO_PARENT) => request.checkpoint.parent,
            _ => request.expected_head,
        };
        Err(CheckpointError::Conflict {
            thread: request.fence.thread.clone(),
            expected,
            found: actual.map(number).map(CheckpointId),
        })
    }
}

/// The checkpoint's id as its column holds it.
fn check_request(request: &CommitRequest, body: &str) -> Result<i64, DataError> {
    check_commit(request, body)?;
    let values = request.changed.iter().map(|(_, value)| value.len());
    let records = request.records.iter().map(|record| record.value.len());
    check_bytes(values.chain(records))?;
    column("a checkpoint's id", request.checkpoint.id.0)
}

/// Refuses values that together are too much for one call.
pub(super) fn check_bytes(values: impl Iterator<Item = usize>) -> Result<(), DataError> {
    check("all values of one call", values.sum(), CALL_BYTES_MAX)
}
