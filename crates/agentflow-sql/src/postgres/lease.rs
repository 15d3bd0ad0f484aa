//! Asks for leases, keeps them and gives them back.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::checkpoint::{
    CheckpointError, Epoch, Fence, Lease, LeaseGrant, LeaseRequest, OwnerId, Takeover,
};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgConnection};

use super::checkpointer::PostgresCheckpointer;
use super::error::PostgresError;
use super::load::text;
use crate::limits::{absent, number};

const HOLDER: &str = "SELECT epoch, owner FROM SCHEMA.threads WHERE thread = $1";

impl PostgresCheckpointer {
    pub(super) async fn acquire(
        &self,
        request: &LeaseRequest,
    ) -> Result<LeaseGrant, CheckpointError> {
        let gone = match request.takeover {
            Takeover::Expired => None,
            Takeover::FromGone(epoch) => Some(absent(epoch.0)),
        };
        let sql = self.sql(
            "SELECT granted, in_epoch, holder, until
             FROM SCHEMA.acquire_lease($1, $2, $3, $4, $5)",
        );
        let statement = sqlx::query(AssertSqlSafe(sql))
            .bind(request.thread.as_str().as_bytes())
            .bind(request.owner.0.as_bytes())
            .bind(self.lease_time(request.now))
            .bind(micros(request.ttl))
            .bind(gone);
        let row = self.connections.row(statement).await?;
        let epoch = Epoch(number(self.get(&row, 1)?));
        if self.get(&row, 0)? {
            return Ok(LeaseGrant::Granted(Lease {
                thread: request.thread.clone(),
                owner: request.owner.clone(),
                epoch,
            }));
        }
        Ok(LeaseGrant::Held {
            by: OwnerId(text(&request.thread, self.get(&row, 2)?)?),
            epoch,
            expires_at: Timestamp(self.get(&row, 3)?),
        })
    }

    pub(super) async fn renew(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        let sql = self.sql("SELECT SCHEMA.renew_lease($1, $2, $3, $4)");
        let statement = sqlx::query(AssertSqlSafe(sql))
            .bind(lease.thread.as_str().as_bytes())
            .bind(absent(lease.epoch.0))
            .bind(self.lease_time(now))
            .bind(micros(ttl));
        let row = self.connections.row(statement).await?;
        if self.get::<Option<i64>>(&row, 0)?.is_none() {
            return Ok(());
        }
        let fence = Fence {
            thread: lease.thread.clone(),
            epoch: lease.epoch,
        };
        Err(self.fenced(&fence).await)
    }

    pub(super) async fn release(&self, lease: &Lease) -> Result<(), CheckpointError> {
        let sql = self.sql("SELECT SCHEMA.release_lease($1, $2)");
        let statement = sqlx::query(AssertSqlSafe(sql))
            .bind(lease.thread.as_str().as_bytes())
            .bind(absent(lease.epoch.0));
        Ok(self.connections.row(statement).await.map(drop)?)
    }

    /// What a writer is told whose lease is not in force: who has it now. A statement of
    /// its own, since this is rare.
    pub(super) async fn fenced(&self, fence: &Fence) -> CheckpointError {
        let sql = self.sql(HOLDER);
        let statement = sqlx::query(AssertSqlSafe(sql)).bind(fence.thread.as_str().as_bytes());
        let rows = self.connections.rows(statement).await;
        rows.and_then(|rows| self.fenced_by(fence, rows.first()))
            .unwrap_or_else(CheckpointError::from)
    }

    /// The same on a connection that is at hand.
    pub(super) async fn fenced_on(
        &self,
        conn: &mut PgConnection,
        fence: &Fence,
    ) -> CheckpointError {
        let sql = self.sql(HOLDER);
        let statement = sqlx::query(AssertSqlSafe(sql)).bind(fence.thread.as_str().as_bytes());
        let row = self.limited(statement.fetch_optional(conn)).await;
        row.and_then(|row| self.fenced_by(fence, row.as_ref()))
            .unwrap_or_else(CheckpointError::from)
    }

    fn fenced_by(
        &self,
        fence: &Fence,
        row: Option<&PgRow>,
    ) -> Result<CheckpointError, PostgresError> {
        let (mut current, mut holder) = (0, None);
        if let Some(row) = row {
            current = self.get(row, 0)?;
            let owner: Option<Vec<u8>> = self.get(row, 1)?;
            holder = owner.map(|owner| text(&fence.thread, owner)).transpose()?;
        }
        Ok(CheckpointError::Fenced {
            thread: fence.thread.clone(),
            held: fence.epoch,
            current: Epoch(number(current)),
            holder: holder.map(OwnerId),
        })
    }
}

/// A length of time as a column's; one beyond three centuries is as long as they.
fn micros(ttl: Duration) -> i64 {
    const LONGEST: i64 = 10_000_000_000_000_000;
    i64::try_from(ttl.as_micros()).map_or(LONGEST, |micros| micros.min(LONGEST))
}
