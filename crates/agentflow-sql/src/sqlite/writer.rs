//! The one writer of a store: a thread with one connection, and the queue before it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, oneshot};

use super::batch::{Batches, Change, Outcome, Waiting};
use super::blocking::blocking;
use super::error::SqliteError;
use super::open::Database;
use super::schema::Schema;

/// Writes that wait before callers wait to be let in.
const QUEUE_MAX: usize = 1024;

/// Dropped, it finishes what was asked for.
pub(crate) struct Writer<C: Change> {
    path: Arc<Path>,
    queue: mpsc::Sender<Waiting<C>>,
    thread: JoinHandle<()>,
}

impl<C: Change> Writer<C> {
    /// Creates or migrates the tables of `schema`, and starts. `look` may refuse what is there.
    pub(crate) async fn start(
        database: Database,
        schema: &'static Schema,
        look: impl FnOnce(&rusqlite::Connection) -> Result<(), C::Error> + Send + 'static,
    ) -> Result<Self, C::Error> {
        let path = Arc::clone(&database.path);
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let started = blocking(&path, move || {
            let conn = database.prepare(schema)?;
            look(&conn)?;
            let path = Arc::clone(&database.path);
            let batches = Batches::new(database, conn);
            let thread = thread::Builder::new().name("agentflow-sqlite".to_owned());
            let thread = thread.spawn(move || batches.run(waiting));
            let no_thread = |error| SqliteError::CannotOpen {
                path: path.to_path_buf(),
                source: Arc::new(error),
            };
            Ok::<_, C::Error>(thread.map_err(no_thread)?)
        });
        let thread = started.await?;
        Ok(Self {
            path,
            queue,
            thread,
        })
    }

    /// Writes one change, with others of the same moment.
    ///
    /// # Cancel safety
    /// Once it waits in the queue it is written, whoever still asks.
    pub(crate) async fn write(&self, change: C) -> Outcome<C> {
        let (outcome, written) = oneshot::channel();
        let closed = || SqliteError::Closed {
            path: self.path.to_path_buf(),
        };
        let sent = self.queue.send(Waiting { change, outcome }).await;
        sent.map_err(|_| closed())?;
        written.await.map_err(|_| closed())?
    }

    /// Finishes what was asked for and closes the connection.
    pub(crate) async fn close(self) {
        let Self {
            path,
            queue,
            thread,
        } = self;
        drop(queue);
        let closed = SqliteError::Closed {
            path: path.to_path_buf(),
        };
        let ended = blocking(&path, move || thread.join().map_err(|_| closed));
        if let Err(error) = ended.await {
            tracing::warn!(%error, "the writer had stopped before");
        }
    }
}

impl<C: Change> fmt::Debug for Writer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
