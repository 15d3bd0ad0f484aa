//! The store that users open. It hands batches that write to the writer and those that
//! only read to the readers, and knows no SQL itself.

use std::path::Path;
use std::sync::Arc;

use agentflow_core::store::{Batch, Store, StoreError, StoreOp, StoreOptions, StoreReply};
use async_trait::async_trait;
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::index;
use super::visit::{Failure, Visit};
use super::work::{Done, Work};
use super::write::SWEEP_MAX;
use crate::items::Refreshed;
use crate::sqlite::{
    BACKEND, Database, QUEUE_MAX, Schema, SqliteError, SqliteOptions, VersionAt, Waiting, Writer,
};

/// The tables of the store.
const ITEMS: Schema = Schema {
    migrations: &[include_str!("../../migrations/sqlite_store/0001_items.sql")],
    version_at: VersionAt::Table("store_schema"),
};

/// Keeps long-term memory in one SQLite file: a file of its own, or that of a
/// [`SqliteCheckpointer`](crate::SqliteCheckpointer).
///
/// Several threads, and several processes, may use one file at once; it must be on a
/// local disk. Batches that write at the same moment share one wait for the disk, and
/// those that only read wait for nobody.
///
/// Words are found by an index. Vectors are compared one by one, exactly, with all items
/// of the search's paths: narrow paths are fast ones. All vectors of a file have the same
/// length, which is that of the first.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use agentflow_core::store::{Search, StoreExt, StoreOptions, StorePath};
/// use agentflow_sql::SqliteStore;
/// use serde_json::json;
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("memory.db");
/// let store = SqliteStore::open(&file, StoreOptions::default()).await?;
/// let anna = StorePath::new(["users", "anna"])?;
/// store.put(&anna, "tea", json!({ "text": "likes green tea" })).await?;
/// store.close().await;
///
/// let store = SqliteStore::open(&file, StoreOptions::default()).await?;
/// let found = store.search(Search::under(&anna).query("Tea?")).await?;
/// assert_eq!(found[0].item.value["text"], "likes green tea");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    database: Database,
    options: Arc<StoreOptions>,
    readers: SqlitePool,
    queue: mpsc::Sender<Waiting<Work>>,
    writer: JoinHandle<()>,
}

impl SqliteStore {
    /// Opens the database at `path`, or creates it, so that nothing acknowledged is lost.
    ///
    /// Older tables are migrated. The call belongs to the tokio runtime it is made on:
    /// when that one ends, so does the store.
    ///
    /// # Errors
    /// With a [`SqliteError`] as source: if the folder is missing, if the file is not a
    /// database, is another program's or a newer build's, if it has vectors of another
    /// length than the index of `options`, or if it cannot be opened.
    pub async fn open(path: impl AsRef<Path>, options: StoreOptions) -> Result<Self, StoreError> {
        Self::open_with(path, options, SqliteOptions::default()).await
    }

    /// Opens the database at `path` with other options for the file.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open_with(
        path: impl AsRef<Path>,
        options: StoreOptions,
        file: SqliteOptions,
    ) -> Result<Self, StoreError> {
        let database = Database::new(path.as_ref(), file)?;
        let mut conn = database.prepare(&ITEMS).await?;
        if let Some(index) = &options.index {
            let checked = index::check(&mut conn, index.dims).await;
            checked.map_err(|failure| told(&database, failure))?;
        }
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let writer = tokio::spawn(Writer::new(database.clone(), conn).run(waiting));
        Ok(Self {
            readers: database.readers(),
            database,
            options: Arc::new(options),
            queue,
            writer,
        })
    }

    /// The file, as an absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.database.path
    }

    /// Finishes what was asked for and closes the file. Dropping does the same, without
    /// waiting for it.
    pub async fn close(self) {
        let Self {
            database,
            readers,
            queue,
            writer,
            ..
        } = self;
        drop(queue);
        if writer.await.is_err() {
            tracing::warn!(path = %database.path.display(), "the writer had stopped before");
        }
        readers.close().await;
    }

    async fn write(&self, change: Work) -> Result<Done, StoreError> {
        let (outcome, written) = oneshot::channel();
        let closed = || SqliteError::Closed {
            path: self.path().to_owned(),
        };
        self.queue
            .send(Waiting { change, outcome })
            .await
            .map_err(|_| closed())?;
        written.await.map_err(|_| closed())?
    }

    /// Does a batch that only reads. What it refreshes is left to the writer.
    async fn read(&self, batch: &Batch) -> Result<(Vec<StoreReply>, Vec<Refreshed>), StoreError> {
        let failed = |failure| told(&self.database, failure);
        // One transaction sees one moment: no batch comes between its statements.
        let mut tx = self
            .readers
            .begin()
            .await
            .map_err(|error| failed(error.into()))?;
        let conn: &mut SqliteConnection = &mut tx;
        let mut visit = Visit::new(batch, &self.options);
        let replies = visit.read(conn).await.map_err(failed)?;
        let refreshed = visit.refreshed;
        tx.rollback().await.map_err(|error| failed(error.into()))?;
        Ok((replies, refreshed))
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn backend(&self) -> &'static str {
        BACKEND
    }

    async fn batch(&self, ops: Vec<StoreOp>) -> Result<Vec<StoreReply>, StoreError> {
        let batch = Batch::prepare(ops, &self.options).await?;
        if batch.writes().next().is_some() {
            let options = Arc::clone(&self.options);
            return match self.write(Work::Batch { batch, options }).await? {
                Done::Replied(replies) => Ok(replies),
                _ => unreachable!("a batch is answered with its replies"),
            };
        }
        let (replies, refreshed) = self.read(&batch).await?;
        if !refreshed.is_empty() {
            self.write(Work::Refresh(refreshed)).await?;
        }
        Ok(replies)
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        let mut swept = 0;
        loop {
            match self.write(Work::Sweep(Arc::clone(&self.options))).await? {
                Done::Swept(count) => {
                    swept += count;
                    if count < SWEEP_MAX {
                        return Ok(swept);
                    }
                }
                _ => unreachable!("a sweep is answered with how many went"),
            }
        }
    }
}

fn told(database: &Database, failure: Failure) -> StoreError {
    match failure {
        Failure::Refused(error) => error,
        Failure::Failed(error) => database.error(error).into(),
    }
}
