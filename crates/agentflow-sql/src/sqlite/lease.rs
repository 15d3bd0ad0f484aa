//! Grants, renews and takes back leases. The caller's clock decides what has
//! expired: the database has none of its own.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::checkpoint::{
    Epoch, Fence, Lease, LeaseGrant, LeaseRequest, OwnerId, Takeover,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::failure::Failure;
use super::fence::fenced;
use crate::limits::{absent, number};

const HOLDER: &str = "SELECT epoch, owner, expires_at FROM threads WHERE thread = ?1";

const GRANT: &str = "
    INSERT INTO threads (thread, epoch, owner, expires_at) VALUES (?1, 1, ?2, ?3)
    ON CONFLICT DO UPDATE
    SET epoch = epoch + 1, owner = excluded.owner, expires_at = excluded.expires_at
    RETURNING epoch";

const RENEW: &str = "
    UPDATE threads SET expires_at = ?3
    WHERE thread = ?1 AND epoch = ?2 AND owner IS NOT NULL";

const RELEASE: &str = "UPDATE threads SET owner = NULL WHERE thread = ?1 AND epoch = ?2";

pub(super) fn acquire(conn: &Connection, request: &LeaseRequest) -> Result<LeaseGrant, Failure> {
    if let Some((epoch, Some(owner), expires_at)) = holder(conn, request.thread.as_str())? {
        let epoch = Epoch(number(epoch));
        let expires_at = Timestamp(expires_at);
        let known_gone = request.takeover == Takeover::FromGone(epoch);
        if expires_at > request.now && !known_gone {
            return Ok(LeaseGrant::Held {
                by: OwnerId(owner),
                epoch,
                expires_at,
            });
        }
    }
    let until = request.now.after(request.ttl).0;
    let epoch: i64 = conn.prepare_cached(GRANT)?.query_row(
        params![request.thread.as_str(), request.owner.0, until],
        |row| row.get(0),
    )?;
    Ok(LeaseGrant::Granted(Lease {
        thread: request.thread.clone(),
        owner: request.owner.clone(),
        epoch: Epoch(number(epoch)),
    }))
}

pub(super) fn renew(
    conn: &Connection,
    lease: &Lease,
    now: Timestamp,
    ttl: Duration,
) -> Result<(), Failure> {
    let thread = lease.thread.as_str();
    let renewed = conn.prepare_cached(RENEW)?.execute(params![
        thread,
        absent(lease.epoch.0),
        now.after(ttl).0
    ])?;
    if renewed == 1 {
        return Ok(());
    }
    let fence = Fence {
        thread: lease.thread.clone(),
        epoch: lease.epoch,
    };
    let (epoch, owner, _) = holder(conn, thread)?.unwrap_or_default();
    Err(fenced(&fence, epoch, owner))
}

pub(super) fn release(conn: &Connection, lease: &Lease) -> Result<(), Failure> {
    let mut release = conn.prepare_cached(RELEASE)?;
    release.execute(params![lease.thread.as_str(), absent(lease.epoch.0)])?;
    Ok(())
}

/// The epoch in force, who holds the lease, and until when.
fn holder(
    conn: &Connection,
    thread: &str,
) -> Result<Option<(i64, Option<String>, i64)>, rusqlite::Error> {
    let mut holder = conn.prepare_cached(HOLDER)?;
    holder.query_row([thread], |row| row.try_into()).optional()
}
