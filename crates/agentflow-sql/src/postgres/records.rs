//! Stores what tasks of the unfinished superstep leave with a checkpoint.

use std::collections::HashMap;

use agentflow_core::checkpoint::{CheckpointError, Record, RecordsRequest};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use super::checkpointer::PostgresCheckpointer;
use super::commit::check_bytes;
use super::connections::Statement;
use super::error::PostgresError;
use super::threads::Waking;
use crate::limits::{absent, check_records, number};

/// Records as the functions take them: one array per column, no name twice.
#[derive(Default)]
pub(super) struct Columns<'a> {
    pub(super) tasks: Vec<&'a [u8]>,
    pub(super) kinds: Vec<&'static str>,
    pub(super) keys: Vec<&'a [u8]>,
    pub(super) values: Vec<&'a [u8]>,
    pub(super) first_wins: Vec<bool>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(records: &'a [Record]) -> Self {
        let mut columns = Self::default();
        let mut places = HashMap::with_capacity(records.len());
        for record in records {
            let name = (&record.task, record.kind, &record.key);
            if let Some(&place) = places.get(&name) {
                if !record.kind.first_wins() {
                    columns.values[place] = record.value.as_slice();
                }
                continue;
            }
            places.insert(name, columns.tasks.len());
            columns.tasks.push(record.task.as_bytes());
            columns.kinds.push(record.kind.as_str());
            columns.keys.push(record.key.as_bytes());
            columns.values.push(record.value.as_slice());
            columns.first_wins.push(record.kind.first_wins());
        }
        columns
    }
}

const SAVE: &str = "
    SELECT refusal, actual
    FROM SCHEMA.save_records($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

fn statement<'q>(sql: &'q str, request: &'q RecordsRequest) -> Statement<'q> {
    let columns = Columns::of(&request.records);
    let waking = Waking::of(request.wake);
    sqlx::query(AssertSqlSafe(sql))
        .bind(request.fence.thread.as_str().as_bytes())
        .bind(request.checkpoint.namespace.as_str().as_bytes())
        .bind(absent(request.fence.epoch.0))
        .bind(absent(request.checkpoint.id.0))
        .bind(columns.tasks)
        .bind(columns.kinds)
        .bind(columns.keys)
        .bind(columns.values)
        .bind(columns.first_wins)
        .bind(waking.word)
        .bind(waking.time)
        .bind(waking.seen)
}

impl PostgresCheckpointer {
    pub(super) async fn save_records_now(
        &self,
        request: &RecordsRequest,
    ) -> Result<(), CheckpointError> {
        check_records(request).map_err(PostgresError::from)?;
        check_bytes(request.records.iter().map(|record| record.value.len()))
            .map_err(PostgresError::from)?;
        let sql = self.sql(SAVE);
        let statement = statement(&sql, request);
        let row = self.connections.row(statement).await?;
        self.saved(request, &row).await
    }

    /// The same as part of a transaction that has found the lease in force.
    pub(super) async fn save_records_on(
        &self,
        conn: &mut PgConnection,
        request: &RecordsRequest,
    ) -> Result<(), CheckpointError> {
        check_records(request).map_err(PostgresError::from)?;
        let sql = self.sql(SAVE);
        let row = self
            .limited(statement(&sql, request).fetch_one(conn))
            .await?;
        self.saved(request, &row).await
    }

    async fn saved(&self, request: &RecordsRequest, row: &PgRow) -> Result<(), CheckpointError> {
        let refusal: Option<String> = self.get(row, 0)?;
        let actual: Option<i64> = self.get(row, 1)?;
        match refusal.as_deref() {
            None => Ok(()),
            Some("fenced") => Err(self.fenced(&request.fence).await),
            // Without its checkpoint a record would wait for whoever gets the number
            // next, as after a delete, and be taken for that one's.
            Some(_) => Err(CheckpointError::Conflict {
                thread: request.fence.thread.clone(),
                expected: Some(request.checkpoint.id),
                found: actual.map(number).map(agentflow_core::CheckpointId),
            }),
        }
    }

    /// One column of an answer.
    pub(super) fn get<'r, T>(&self, row: &'r PgRow, at: usize) -> Result<T, PostgresError>
    where
        T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
    {
        row.try_get(at)
            .map_err(|error| self.connections.error(error))
    }
}
