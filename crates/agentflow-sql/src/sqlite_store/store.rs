//! The store that users open. It hands batches that write to the writer and those that
//! only read to the readers, and knows no SQL itself.

use std::path::Path;
use std::sync::Arc;

use agentflow_core::store::{Batch, Store, StoreError, StoreOp, StoreOptions, StoreReply};
use async_trait::async_trait;

use super::index;
use super::visit::Visit;
use super::work::{Done, Work};
use super::write::SWEEP_MAX;
use crate::items::Refreshed;
use crate::sqlite::{
    BACKEND, Database, Failure, Readers, Schema, SqliteError, SqliteOptions, VersionAt, Writer,
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
    readers: Readers,
    writer: Writer<Work>,
}

impl SqliteStore {
    /// Opens the database at `path`, or creates it, so that nothing acknowledged is lost.
    ///
    /// Older tables are migrated.
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
        let dims = options.index.as_ref().map(|index| index.dims);
        let path = Arc::clone(&database.path);
        let look = move |conn: &_| match dims.map(|dims| index::check(conn, dims)) {
            None | Some(Ok(())) => Ok(()),
            Some(Err(Failure::Refused(error))) => Err(error),
            Some(Err(Failure::Failed(error))) => Err(SqliteError::of(&path, error).into()),
        };
        let writer = Writer::start(database.clone(), &ITEMS, look).await?;
        Ok(Self {
            readers: Readers::new(database.clone()),
            database,
            options: Arc::new(options),
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
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn write(&self, change: Work) -> Result<Done, StoreError> {
        self.writer.write(change).await
    }

    /// Does a batch that only reads. What it refreshes is left to the writer.
    async fn read(&self, batch: Batch) -> Result<(Vec<StoreReply>, Vec<Refreshed>), StoreError> {
        let options = Arc::clone(&self.options);
        let read = move |conn: &_| {
            let mut visit = Visit::new(&batch, &options);
            let replies = visit.read(conn)?;
            Ok((replies, visit.refreshed))
        };
        self.readers.read(read).await
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
        let (replies, refreshed) = self.read(batch).await?;
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
