//! The one writer: takes what waits at the same moment, writes it in one
//! transaction, and tells each caller its own outcome. A hundred threads that
//! commit at once share one wait for the disk. What a write does is not known here.

use std::future::Future;

use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::error::SqliteError;
use super::fence::WriteError;
use super::open::Database;

/// Writes that wait before callers wait to be let in.
pub(crate) const QUEUE_MAX: usize = 1024;

/// Writes that share one transaction at most.
const BATCH_MAX: usize = 256;

/// One thing to write, together with others.
pub(crate) trait Change: Send + Sync + 'static {
    /// What came of it.
    type Done: Send;
    /// Why it was not done.
    type Error: From<SqliteError> + Send;

    /// Does it inside a transaction that it neither begins nor ends. It may be asked
    /// twice: what failed beside others is tried alone.
    fn apply(
        &self,
        conn: &mut SqliteConnection,
    ) -> impl Future<Output = Result<Self::Done, WriteError<Self::Error>>> + Send;
}

/// What came of a change.
pub(crate) type Outcome<C> = Result<<C as Change>::Done, <C as Change>::Error>;

/// A change and who waits for its outcome.
pub(crate) struct Waiting<C: Change> {
    pub(crate) change: C,
    pub(crate) outcome: oneshot::Sender<Outcome<C>>,
}

/// Why a whole transaction did not happen.
enum Abort {
    /// While one of the changes was applied: alone, the others may succeed.
    Applying(SqliteError),
    /// At its begin or its end: what holds for one holds for all.
    Whole(SqliteError),
}

pub(crate) struct Writer {
    database: Database,
    // None after a connection was given up because its transaction did not end.
    conn: Option<SqliteConnection>,
}

impl Writer {
    pub(crate) fn new(database: Database, conn: SqliteConnection) -> Self {
        Self {
            database,
            conn: Some(conn),
        }
    }

    /// Writes until nobody can send any more. A caller that stopped waiting is
    /// written all the same: it cannot have known how far its write had come.
    pub(crate) async fn run<C: Change>(mut self, mut queue: mpsc::Receiver<Waiting<C>>) {
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
    async fn write<C: Change>(&mut self, batch: &[Waiting<C>]) -> Vec<Outcome<C>> {
        let error = match self.transact(batch).await {
            Ok(outcomes) => return outcomes,
            Err(Abort::Applying(_)) if batch.len() > 1 => return self.write_apart(batch).await,
            Err(Abort::Applying(error) | Abort::Whole(error)) => error,
        };
        batch.iter().map(|_| Err(error.clone().into())).collect()
    }

    /// Each change in a transaction of its own, so that a failure is only its own.
    async fn write_apart<C: Change>(&mut self, batch: &[Waiting<C>]) -> Vec<Outcome<C>> {
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

    async fn transact<C: Change>(
        &mut self,
        batch: &[Waiting<C>],
    ) -> Result<Vec<Outcome<C>>, Abort> {
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

    async fn transact_on<C: Change>(
        &self,
        conn: &mut SqliteConnection,
        batch: &[Waiting<C>],
    ) -> Result<Vec<Outcome<C>>, Abort> {
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
