//! Grants, renews and takes back leases. The caller's clock decides what has
//! expired: the database has none of its own.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::checkpoint::{
    Epoch, Fence, Lease, LeaseGrant, LeaseRequest, OwnerId, Takeover,
};
use sqlx::{Row, SqliteConnection};

use super::fence::{WriteError, fenced};
use crate::limits::{absent, number};

pub(super) async fn acquire(
    conn: &mut SqliteConnection,
    request: &LeaseRequest,
) -> Result<LeaseGrant, WriteError> {
    let row = sqlx::query("SELECT epoch, owner, expires_at FROM threads WHERE thread = ?1")
        .bind(request.thread.as_str())
        .fetch_optional(&mut *conn)
        .await?;
    if let Some(row) = row
        && let Some(owner) = row.try_get::<Option<String>, _>(1)?
    {
        let epoch = Epoch(number(row.try_get(0)?));
        let expires_at = Timestamp(row.try_get(2)?);
        let known_gone = request.takeover == Takeover::FromGone(epoch);
        if expires_at > request.now && !known_gone {
            return Ok(LeaseGrant::Held {
                by: OwnerId(owner),
                epoch,
                expires_at,
            });
        }
    }
    let epoch: i64 = sqlx::query_scalar(
        "INSERT INTO threads (thread, epoch, owner, expires_at) VALUES (?1, 1, ?2, ?3)
         ON CONFLICT DO UPDATE
         SET epoch = epoch + 1, owner = excluded.owner, expires_at = excluded.expires_at
         RETURNING epoch",
    )
    .bind(request.thread.as_str())
    .bind(request.owner.0.as_str())
    .bind(request.now.after(request.ttl).0)
    .fetch_one(conn)
    .await?;
    Ok(LeaseGrant::Granted(Lease {
        thread: request.thread.clone(),
        owner: request.owner.clone(),
        epoch: Epoch(number(epoch)),
    }))
}

pub(super) async fn renew(
    conn: &mut SqliteConnection,
    lease: &Lease,
    now: Timestamp,
    ttl: Duration,
) -> Result<(), WriteError> {
    let renewed = sqlx::query(
        "UPDATE threads SET expires_at = ?3
         WHERE thread = ?1 AND epoch = ?2 AND owner IS NOT NULL",
    )
    .bind(lease.thread.as_str())
    .bind(absent(lease.epoch.0))
    .bind(now.after(ttl).0)
    .execute(&mut *conn)
    .await?;
    if renewed.rows_affected() == 1 {
        return Ok(());
    }
    let current = sqlx::query_as("SELECT epoch, owner FROM threads WHERE thread = ?1")
        .bind(lease.thread.as_str())
        .fetch_optional(conn)
        .await?;
    let fence = Fence {
        thread: lease.thread.clone(),
        epoch: lease.epoch,
    };
    let (epoch, owner) = current.unwrap_or((0, None));
    Err(fenced(&fence, epoch, owner))
}

pub(super) async fn release(conn: &mut SqliteConnection, lease: &Lease) -> Result<(), WriteError> {
    sqlx::query("UPDATE threads SET owner = NULL WHERE thread = ?1 AND epoch = ?2")
        .bind(lease.thread.as_str())
        .bind(absent(lease.epoch.0))
        .execute(conn)
        .await?;
    Ok(())
}
