//! Stores one superstep in one statement: its checkpoint with the fields that changed, and
//! what it leaves behind on the checkpoint it was built on.

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

pub(super) const COMMIT: &str = "
    SELECT SCHEMA.store_superstep(
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

/// Why it was refused, as the function says; else the head is another one.
const FENCED: i64 = 1;
const NO_PARENT: i64 = 3;

impl PostgresCheckpointer {
    pub(super) async fn commit_now(&self, request: &CommitRequest) -> Result<(), CheckpointError> {
        request.check()?;
        let body = stored::body(request)?;
        let id = check_request(request, &body).map_err(PostgresError::from)?;
        let changed = Changed::new(&request.changed);
        let (fields, values): (Vec<&[u8]>, Vec<&[u8]>) = changed
            .apart(&request.changed)
            .map(|(field, value)| (field.as_bytes(), value))
            .unzip();
        let records = Columns::of(&request.records);
        let taken: Vec<i64> = request.taken.iter().map(|id| absent(id.0)).collect();
        let statement = sqlx::query(AssertSqlSafe(self.commit_sql.as_str()))
            .bind(request.fence.thread.as_str().as_bytes())
            .bind(request.namespace.as_str().as_bytes())
            .bind(absent(request.fence.epoch.0))
            .bind(request.expected_head.map(|head| absent(head.0)))
            .bind(id)
            .bind(request.checkpoint.parent.map(|parent| absent(parent.0)))
            .bind(i64::from(request.checkpoint.format))
            .bind(body)
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
