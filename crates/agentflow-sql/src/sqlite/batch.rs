//! What the writer's thread does: takes what waits at the same moment, writes it in one
//! transaction, and tells each caller its own outcome. A hundred threads that commit at
//! once share one wait for the disk. What a write does is not known here.

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::error::SqliteError;
use super::failure::Failure;
use super::open::Database;

/// Writes that share one transaction at most.
const BATCH_MAX: usize = 256;

/// One thing to write, together with others.
pub(crate) trait Change: Send + 'static {
    /// What came of it.
    type Done: Send;
    /// Why it was not done.
    type Error: From<SqliteError> + Send + 'static;

    /// Does it inside a transaction that it neither begins nor ends. It may be asked
    /// twice: what failed beside others is tried alone.
    fn apply(&self, conn: &Connection) -> Result<Self::Done, Failure<Self::Error>>;
}

/// What came of a change.
pub(crate) type Outcome<C> = Result<<C as Change>::Done, <C as Change>::Error>;

/// A change and who waits for its outcome.
pub(super) struct Waiting<C: Change> {
    pub(super) change: C,
    pub(super) outcome: oneshot::Sender<Outcome<C>>,
}

/// Why a whole transaction did not happen.
enum Abort {
    /// While one of the changes was applied: alone, the others may succeed.
    Applying(SqliteError),
    /// At its begin or its end: what holds for one holds for all.
    Whole(SqliteError),
}

pub(super) struct Batches {
    database: Database,
    // None after a connection was given up because its transaction did not end.
    conn: Option<Connection>,
}

impl Batches {
    pub(super) fn new(database: Database, conn: Connection) -> Self {
        Self {
            database,
            conn: Some(conn),
        }
    }

    /// Writes until nobody can send any more. A caller that stopped waiting is
    /// written all the same: it cannot have known how far its write had come.
    pub(super) fn run<C: Change>(mut self, mut queue: mpsc::Receiver<Waiting<C>>) {
        let mut batch = Vec::new();
        while queue.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            let outcomes = self.write(&batch);
            for (waiting, outcome) in batch.drain(..).zip(outcomes) {
                let _ = waiting.outcome.send(outcome);
            }
        }
        if let Some(conn) = self.conn
            && let Err((_, error)) = conn.close()
        {
            tracing::warn!(path = %self.database.path.display(), %error, "closing failed");
        }
    }

    /// One outcome per change, in their order.
    fn write<C: Change>(&mut self, batch: &[Waiting<C>]) -> Vec<Outcome<C>> {
        let error = match self.transact(batch) {
            Ok(outcomes) => return outcomes,
            Err(Abort::Applying(_)) if batch.len() > 1 => return self.write_apart(batch),
            Err(Abort::Applying(error) | Abort::Whole(error)) => error,
        };
        batch.iter().map(|_| Err(error.clone().into())).collect()
    }

    /// Each change in a transaction of its own, so that a failure is only its own.
    fn write_apart<C: Change>(&mut self, batch: &[Waiting<C>]) -> Vec<Outcome<C>> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for waiting in batch {
            let outcome = match self.transact(std::slice::from_ref(waiting)) {
                Ok(mut alone) => alone.pop().expect("one change has one outcome"),
                Err(Abort::Applying(error) | Abort::Whole(error)) => Err(error.into()),
            };
            outcomes.push(outcome);
        }
        outcomes
    }

    fn transact<C: Change>(&mut self, batch: &[Waiting<C>]) -> Result<Vec<Outcome<C>>, Abort> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.database.connect_writer().map_err(Abort::Whole)?,
        };
        let outcome = self.transact_on(&mut conn, batch);
        // A failed ROLLBACK leaves the transaction open: such a connection is not used again.
        if conn.is_autocommit() {
            self.conn = Some(conn);
        } else {
            tracing::warn!(path = %self.database.path.display(), "the writer connects anew");
        }
        outcome
    }

    fn transact_on<C: Change>(
        &self,
        conn: &mut Connection,
        batch: &[Waiting<C>],
    ) -> Result<Vec<Outcome<C>>, Abort> {
        let whole = |error| Abort::Whole(self.database.error(error));
        // Immediate: a transaction that reads first and then wants to write is refused
        // at once if another process wrote in between, whatever the busy timeout.
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate);
        let tx = tx.map_err(whole)?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for waiting in batch {
            outcomes.push(match waiting.change.apply(&tx) {
                Ok(done) => Ok(done),
                Err(Failure::Refused(refusal)) => Err(refusal),
                Err(Failure::Failed(error)) => {
                    return Err(Abort::Applying(self.database.error(error)));
                }
            });
        }
        tx.commit().map_err(whole)?;
        Ok(outcomes)
    }
}
