//! The checkpointer that users open. It hands writes to the writer and reads to
//! the readers, and knows no SQL itself.

use std::path::Path;
use std::time::Duration;

use agentflow_core::checkpoint::{
    Capabilities, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery, Event,
    EventId, HistoryPage, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition,
    LogSlice, Prune, RecordsRequest, Stored, Wake,
};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};
use async_trait::async_trait;

use super::commit::Commit;
use super::error::BACKEND;
use super::log::Append;
use super::open::Database;
use super::options::SqliteOptions;
use super::readers::Readers;
use super::records::SaveRecords;
use super::schema::CHECKPOINTS;
use super::write::{Done, Write};
use super::writer::Writer;
use super::{events, history, load, log, wake};

/// Keeps checkpoints in one SQLite file.
///
/// Several threads, and several processes, may use one file at once; it must be on
/// a local disk. Commits that come at the same moment share one wait for the disk.
/// The file never shrinks by itself: the room of deleted threads is used again.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use agentflow_core::Namespace;
/// use agentflow_core::checkpoint::Checkpointer;
/// use agentflow_sql::SqliteCheckpointer;
///
/// let folder = tempfile::tempdir()?;
/// let store = SqliteCheckpointer::open(folder.path().join("reviews.db")).await?;
/// let stored = store.load(&"pr-1734".into(), &Namespace::root(), None).await?;
/// assert!(stored.is_none());
/// store.close().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SqliteCheckpointer {
    database: Database,
    readers: Readers,
    writer: Writer<Write>,
}

impl SqliteCheckpointer {
    /// Opens the database at `path`, or creates it, so that nothing acknowledged is lost.
    ///
    /// Older tables are migrated.
    ///
    /// # Errors
    /// With a [`SqliteError`](crate::SqliteError) as source: if the folder is missing, if the file is not
    /// a database, is another program's or a newer build's, or cannot be opened.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, CheckpointError> {
        Self::open_with(path, SqliteOptions::default()).await
    }

    /// Opens the database at `path` with other options.
    ///
    /// # Errors
    /// As [`SqliteCheckpointer::open`].
    pub async fn open_with(
        path: impl AsRef<Path>,
        options: SqliteOptions,
    ) -> Result<Self, CheckpointError> {
        let database = Database::new(path.as_ref(), options)?;
        let writer = Writer::start(database.clone(), &CHECKPOINTS, |_| Ok(())).await?;
        Ok(Self {
            readers: Readers::new(database.clone()),
            database,
            writer,
        })
    }

    /// The file, as an absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.database.path
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    /// Finishes what was asked for and closes the file. Dropping does the same,
    /// without waiting for it.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn write(&self, change: Write) -> Result<Done, CheckpointError> {
        self.writer.write(change).await
    }
}

#[async_trait]
impl Checkpointer for SqliteCheckpointer {
    fn backend(&self) -> &'static str {
        BACKEND
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        self.write(Write::Commit(Commit::new(request)?))
            .await
            .map(drop)
    }

    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        self.write(Write::SaveRecords(SaveRecords::new(request)?))
            .await
            .map(drop)
    }

    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        let (thread, namespace) = (thread.clone(), namespace.clone());
        let read = move |conn: &_| load::load(conn, &thread, &namespace, id);
        self.readers.read(read).await
    }

    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        let read = move |conn: &_| history::history(conn, &page);
        self.readers.read(read).await
    }

    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        self.write(Write::DeleteThread(thread.clone()))
            .await
            .map(drop)
    }

    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        match self.write(Write::Acquire(request)).await? {
            Done::Answered(grant) => Ok(grant),
            _ => unreachable!("a wish for a lease is answered"),
        }
    }

    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        self.write(Write::Renew {
            lease: lease.clone(),
            now,
            ttl,
        })
        .await
        .map(drop)
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        self.write(Write::Release(lease.clone())).await.map(drop)
    }

    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        delivery.check()?;
        match self.write(Write::Deliver(delivery)).await? {
            Done::Delivered(id) => Ok(id),
            _ => unreachable!("a delivery is answered with its id"),
        }
    }

    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        let thread = thread.clone();
        let read = move |conn: &_| events::waiting(conn, &thread);
        self.readers.read(read).await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        let read = move |conn: &_| wake::due(conn, now, limit);
        self.readers.read(read).await
    }

    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        self.write(Write::Snooze(thread.clone(), wake))
            .await
            .map(drop)
    }

    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        let (from, to) = (from.clone(), to.clone());
        self.write(Write::Copy { from, to }).await.map(drop)
    }

    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        let thread = thread.clone();
        match self.write(Write::Prune { thread, what }).await? {
            Done::Pruned(count) => Ok(count),
            _ => unreachable!("a prune is answered with how many went"),
        }
    }

    async fn append_log(&self, append: LogAppend) -> Result<LogPosition, CheckpointError> {
        match self.write(Write::AppendLog(Append::new(append)?)).await? {
            Done::Appended(position) => Ok(position),
            _ => unreachable!("an append is answered with a position"),
        }
    }

    async fn read_log(&self, page: LogPage) -> Result<LogSlice, CheckpointError> {
        let read = move |conn: &_| log::slice(conn, &page);
        self.readers.read(read).await
    }
}
