//! A ledger in a store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use agentflow_core::ThreadId;
use agentflow_core::checkpoint::CodecError;
use agentflow_core::store::{
    Get, Index, Item, OPS_MAX, PAGE_MAX, PathError, Put, Refresh, Search, Store, StoreError,
    StoreExt, StoreOp, StorePath, StoreReply, Ttl,
};

use super::own_rows::OwnRows;
use super::scope::BudgetScope;
use super::shelf::Shelf;
use super::writer;
use crate::Usage;

/// What a project has spent, and each of its threads, kept in a [`Store`]. Clones are one
/// ledger.
///
/// A store cannot add, so each ledger is a writer with rows of its own, one for the project
/// and one for each thread that it charges, and a sum is that of all writers' rows. Sums
/// survive restarts and are right with any number of processes on one store.
///
/// A writer leaves its rows behind. Where processes come and go, give each place a name that
/// lasts with [`Ledger::with_writer`], such as `worker-3`, so that the next one goes on with
/// the rows of the last: there are as many rows as there are names, times threads. Rows never
/// expire; what is no longer of interest is deleted from the store under the project's path.
///
/// ```
/// # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
///
/// use agentflow_core::store::{MemoryStore, StorePath};
/// use agentflow_llm::{BudgetScope, Ledger, Usage};
///
/// let store = Arc::new(MemoryStore::new());
/// let project = StorePath::new(["spending", "shop"])?;
/// let ledger = Ledger::new(store.clone(), &project)?;
/// ledger.charge(Some(&"order-7".into()), Usage::tokens(100, 20)).await?;
///
/// let another = Ledger::new(store, &project)?;
/// another.charge(None, Usage::tokens(1, 0)).await?;
/// assert_eq!(another.spent(&BudgetScope::Project).await?, Usage::tokens(101, 20));
/// let thread = BudgetScope::Thread("order-7".into());
/// assert_eq!(another.spent(&thread).await?, Usage::tokens(100, 20));
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(demo()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Ledger {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Arc<dyn Store>,
    shelf: Shelf,
    writer: String,
    own: Mutex<OwnRows>,
    /// Held while rows are written: an older sum must not overwrite a newer one.
    turn: tokio::sync::Mutex<()>,
}

impl Ledger {
    /// The ledger of the project at this path, as a writer of its own.
    ///
    /// # Errors
    /// If the path is so long that threads have no room in it.
    pub fn new(store: Arc<dyn Store>, project: &StorePath) -> Result<Self, PathError> {
        Self::with_writer(store, project, writer::fresh())
    }

    /// The ledger of the project at this path, as the writer of this name. It goes on with the
    /// rows of that name; only one ledger at a time may have it, or spending is lost.
    ///
    /// # Errors
    /// As [`Ledger::new`]. A name that cannot be a key of the store is an error of the first
    /// charge.
    pub fn with_writer(
        store: Arc<dyn Store>,
        project: &StorePath,
        writer: impl Into<String>,
    ) -> Result<Self, PathError> {
        let inner = Inner {
            store,
            shelf: Shelf::in_project(project)?,
            writer: writer.into(),
            own: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Adds to what the project has spent, and the thread if one is named. It is stored when
    /// this returns.
    ///
    /// # Errors
    /// If the store fails. What was to be added is kept and counted by this ledger all the
    /// same, and stored with the next charge or [`Ledger::flush`] that succeeds.
    ///
    /// # Cancel safety
    /// As after an error: it is counted, and stored with the next.
    pub async fn charge(&self, thread: Option<&ThreadId>, usage: Usage) -> Result<(), StoreError> {
        self.note(thread, usage);
        self.flush().await
    }

    /// As [`Ledger::charge`], stored only by the next [`Ledger::flush`].
    pub(crate) fn note(&self, thread: Option<&ThreadId>, usage: Usage) {
        let mut own = self.own();
        BudgetScope::charged(thread).for_each(|scope| own.add(scope, usage));
    }

    /// Stores what could not be stored before.
    ///
    /// # Errors
    /// If the store fails; then it stays to be stored.
    ///
    /// # Cancel safety
    /// What is not stored stays to be stored.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let _turn = self.inner.turn.lock().await;
        let unwritten = self.own().unwritten();
        for scopes in unwritten.chunks(OPS_MAX) {
            self.read_own(scopes).await?;
            let mut sums = Vec::with_capacity(scopes.len());
            let mut puts = Vec::with_capacity(scopes.len());
            for scope in scopes {
                let sum = self.own().sum(scope);
                let sum = sum.expect("a row that is to be written has been read, and stays");
                puts.push(self.put(scope, sum)?);
                sums.push((scope, sum));
            }
            self.inner.store.batch(puts).await?;
            let mut own = self.own();
            sums.iter()
                .for_each(|(scope, sum)| own.written(scope, *sum));
            own.forget_written();
        }
        Ok(())
    }

    /// What was spent so far, by all writers. What this ledger has not stored yet counts too.
    ///
    /// # Errors
    /// If the store fails, or holds something that is no row of a ledger.
    ///
    /// # Cancel safety
    /// It only reads.
    pub async fn spent(&self, scope: &BudgetScope) -> Result<Usage, StoreError> {
        let (mut others, mut own) = (Usage::default(), Usage::default());
        for row in self.rows(scope).await? {
            let sum = row.decode()?;
            if row.key == self.inner.writer {
                own = sum;
            } else {
                others += sum;
            }
        }
        Ok(others + self.own().sum_over(scope, own))
    }

    fn own(&self) -> MutexGuard<'_, OwnRows> {
        // Nothing panics half way through a change, so a poisoned lock guards good data.
        self.inner
            .own
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds out what the store has of own rows that were not needed before.
    async fn read_own(&self, scopes: &[BudgetScope]) -> Result<(), StoreError> {
        let unread = |scope: &&BudgetScope| self.own().is_unread(scope);
        let unread: Vec<_> = scopes.iter().filter(unread).collect();
        let mut gets = Vec::with_capacity(unread.len());
        for scope in &unread {
            let path = self.inner.shelf.path(scope)?;
            let get = Get::new(&path, &self.inner.writer).refresh(Refresh::No);
            gets.push(StoreOp::from(get));
        }
        if gets.is_empty() {
            return Ok(());
        }
        let replies = self.inner.store.batch(gets).await?;
        for (scope, reply) in unread.into_iter().zip(replies) {
            let stored = match reply {
                StoreReply::Item(Some(row)) => row.decode()?,
                _ => Usage::default(),
            };
            self.own().read(scope, stored);
        }
        Ok(())
    }

    fn put(&self, scope: &BudgetScope, sum: Usage) -> Result<StoreOp, StoreError> {
        let path = self.inner.shelf.path(scope)?;
        let value = serde_json::to_value(sum)
            .map_err(|source| CodecError::encoding(format!("what {scope} spent"), source))?;
        let put = Put::new(&path, &self.inner.writer, value);
        Ok(put.ttl(Ttl::Forever).index(Index::No).into())
    }

    /// The rows of all writers.
    async fn rows(&self, scope: &BudgetScope) -> Result<Vec<Item>, StoreError> {
        let path = self.inner.shelf.path(scope)?;
        let page = Search::under(&path).limit(PAGE_MAX).refresh(Refresh::No);
        let mut rows = Vec::new();
        loop {
            let page = page.clone().offset(rows.len());
            let found = self.inner.store.search(page).await?;
            let is_last = found.len() < PAGE_MAX;
            rows.extend(found.into_iter().map(|found| found.item));
            if is_last {
                return Ok(rows);
            }
        }
    }
}
