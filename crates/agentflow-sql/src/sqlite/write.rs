//! What the checkpointer asks its writer for. What each of them does is in a file of
//! its own.

use std::time::Duration;

use agentflow_core::checkpoint::{
    CheckpointError, Delivery, EventId, Lease, LeaseGrant, LeaseRequest, LogPosition, Prune, Wake,
};
use agentflow_core::{ThreadId, Timestamp};
use rusqlite::Connection;

use super::batch::Change;
use super::commit::Commit;
use super::failure::Failure;
use super::log::Append;
use super::records::SaveRecords;

use super::{copy, delete, events, lease, prune, wake};

/// One thing to write about threads.
pub(super) enum Write {
    Commit(Commit),
    SaveRecords(SaveRecords),
    DeleteThread(ThreadId),
    Acquire(LeaseRequest),
    Renew {
        lease: Lease,
        now: Timestamp,
        ttl: Duration,
    },
    Release(Lease),
    Deliver(Delivery),
    Snooze(ThreadId, Wake),
    Copy {
        from: ThreadId,
        to: ThreadId,
    },
    Prune {
        thread: ThreadId,
        what: Prune,
    },
    AppendLog(Append),
}

/// What came of it.
pub(super) enum Done {
    Written,
    Answered(LeaseGrant),
    Delivered(EventId),
    Pruned(u64),
    Appended(LogPosition),
}

impl Change for Write {
    type Done = Done;
    type Error = CheckpointError;

    fn apply(&self, conn: &Connection) -> Result<Done, Failure> {
        match self {
            Self::Commit(commit) => commit.apply(conn)?,
            Self::SaveRecords(records) => records.apply(conn)?,
            Self::DeleteThread(thread) => delete::delete_thread(conn, thread)?,
            Self::Acquire(request) => return lease::acquire(conn, request).map(Done::Answered),
            Self::Renew { lease, now, ttl } => lease::renew(conn, lease, *now, *ttl)?,
            Self::Release(lease) => lease::release(conn, lease)?,
            Self::Deliver(delivery) => {
                return events::deliver(conn, delivery).map(Done::Delivered);
            }
            Self::Snooze(thread, wake) => wake::snooze(conn, thread, *wake)?,
            Self::Copy { from, to } => copy::copy_thread(conn, from, to)?,
            Self::Prune { thread, what } => {
                return prune::prune(conn, thread, *what).map(Done::Pruned);
            }
            Self::AppendLog(append) => return append.apply(conn).map(Done::Appended),
        }
        Ok(Done::Written)
    }
}
