//! The one writer: takes what waits at the same moment, writes it in one
//! transaction, and tells each caller its own outcome. A hundred threads that
//! commit at once share one wait for the disk. What a write does is not known here.

use std::time::Duration;

use agentflow_core::checkpoint::{
    CheckpointError, Delivery, EventId, Lease, LeaseGrant, LeaseRequest, Wake,
};
use agentflow_core::{ThreadId, Timestamp};
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::commit::Commit;
use super::error::SqliteError;
use super::fence::WriteError;
use super::open::Database;
use super::records::SaveRecords;
use super::{copy, delete, events, lease, prune, wake};

/// Writes that wait before callers wait to be let in.
pub(super) const QUEUE_MAX: usize = 1024;

/// Writes that share one transaction at most.
const BATCH_MAX: usize = 256;

/// One thing to write.
pub(super) enum Change {
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
        keep: u32,
    },
}

/// What came of it.
pub(super) enum Done {
    Written,
    Answered(LeaseGrant),
    Delivered(EventId),
    Pruned(u64),
}

/// A change and who waits for its outcome.
pub(super) struct Waiting {
    pub(super) change: Change,
    pub(super) outcome: oneshot::Sender<Result<Done, CheckpointError>>,
}

/// Why a whole transaction did not happen.
enum Abort {
    /// While one of the changes was applied: alone, the others may succeed.
    Applying(SqliteError),
    /// At its begin or its end: what holds for one holds for all.
    Whole(SqliteError),
}

pub(super) struct Writer {
    database: Database,
    // None after a connection was given up because its transaction did not end.
    conn: Option<SqliteConnection>,
}

impl Change {
    async fn apply(&self, conn: &mut SqliteConnection) -> Result<Done, WriteError> {
        match self {
            Self::Commit(commit) => commit.apply(conn).await?,
            Self::SaveRecords(records) => records.apply(conn).await?,
            Self::DeleteThread(thread) => delete::delete_thread(conn, thread).await?,
            Self::Acquire(request) => {
                return lease::acquire(conn, request).await.map(Done::Answered);
            }
            Self::Renew { lease, now, ttl } => lease::renew(conn, lease, *now, *ttl).await?,
            Self::Release(lease) => lease::release(conn, lease).await?,
            Self::Deliver(delivery) => {
                return events::deliver(conn, delivery).await.map(Done::Delivered);
            }
            Self::Snooze(thread, wake) => wake::snooze(conn, thread, *wake).await?,
            Self::Copy { from, to } => copy::copy_thread(conn, from, to).await?,
            Self::Prune { thread, keep } => {
                return prune::prune(conn, thread, *keep).await.map(Done::Pruned);
            }
        }
        Ok(Done::Written)
    }
}

impl Writer {
    pub(super) fn new(database: Database, conn: SqliteConnection) -> Self {
        Self {
            database,
            conn: Some(conn),
        }
    }

    /// Writes until nobody can send any more. A caller that stopped waiting is
    /// written all the same: it cannot have known how far its write had come.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Waiting>) {
        let mut batch = Vec::new();
        while queue.recv_many(&mut batch, BATCH_MAX).await > 0 {
            let outcomes = self.write(&batch).await;
            for (waiting, outcome) in batch.drain(..).zip(outcomes) {
                let _ = waiting.outcome.send(outcome);
            }
        }
        if let Some(conn) = self.conn
            && let Err(error) = conn.close().await
        {
            tracing::warn!(path = %self.database.path.display(), %error, "closing failed");
        }
    }

    /// One outcome per change, in their order.
    async fn write(&mut self, batch: &[Waiting]) -> Vec<Result<Done, CheckpointError>> {
        let error = match self.transact(batch).await {
            Ok(outcomes) => return outcomes,
            Err(Abort::Applying(_)) if batch.len() > 1 => return self.write_apart(batch).await,
            Err(Abort::Applying(error) | Abort::Whole(error)) => error,
        };
        batch.iter().map(|_| Err(error.clone().into())).collect()
    }

    /// Each change in a transaction of its own, so that a failure is only its own.
    async fn write_apart(&mut self, batch: &[Waiting]) -> Vec<Result<Done, CheckpointError>> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for waiting in batch {
            let outcome = match self.transact(std::slice::from_ref(waiting)).await {
                Ok(mut alone) => alone.pop().expect("one change has one outcome"),
                Err(Abort::Applying(error) | Abort::Whole(error)) => Err(error.into()),
            };
            outcomes.push(outcome);
        }
        outcomes
    }

    async fn transact(
        &mut self,
        batch: &[Waiting],
    ) -> Result<Vec<Result<Done, CheckpointError>>, Abort> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.database.connect_writer().await.map_err(Abort::Whole)?,
        };
        let outcome = self.transact_on(&mut conn, batch).await;
        // A failed statement may have ended the transaction or left it open, and the
        // driver's own count would not notice; so its begin and end are plain
        // statements, and a connection on which ROLLBACK fails is not used again.
        if outcome.is_ok() || sqlx::query("ROLLBACK").execute(&mut conn).await.is_ok() {
            self.conn = Some(conn);
        } else {
            tracing::warn!(path = %self.database.path.display(), "the writer connects anew");
        }
        outcome
    }

    async fn transact_on(
        &self,
        conn: &mut SqliteConnection,
        batch: &[Waiting],
    ) -> Result<Vec<Result<Done, CheckpointError>>, Abort> {
        let whole = |error| Abort::Whole(self.database.error(error));
        // Immediate: a transaction that reads first and then wants to write is refused
        // at once if another process wrote in between, whatever the busy timeout.
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut *conn)
            .await
            .map_err(whole)?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for waiting in batch {
            outcomes.push(match waiting.change.apply(conn).await {
                Ok(done) => Ok(done),
                Err(WriteError::Refused(refusal)) => Err(refusal),
                Err(WriteError::Failed(error)) => {
                    return Err(Abort::Applying(self.database.error(error)));
                }
            });
        }
        sqlx::query("COMMIT").execute(conn).await.map_err(whole)?;
        Ok(outcomes)
    }
}
