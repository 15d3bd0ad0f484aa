//! The memory store as a store.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::shelves::{Shelves, Visit};
use crate::store::{Batch, Store, StoreError, StoreOp, StoreOptions, StoreReply};

/// Items that a [`MemoryStore`] keeps at most, a million: what needs more needs a
/// database.
pub const MEMORY_ITEMS_MAX: usize = 1_000_000;

/// Keeps items until it is dropped. Searches by looking at every item of a path.
#[derive(Debug)]
pub struct MemoryStore {
    options: StoreOptions,
    shelves: Mutex<Shelves>,
}

#[cfg(feature = "runtime")]
impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store with the machine's clock, whose items stay, and without an index.
    #[cfg(feature = "runtime")]
    #[must_use]
    pub fn new() -> Self {
        Self::with_options(StoreOptions::default())
    }

    /// An empty store with these options.
    #[must_use]
    pub fn with_options(options: StoreOptions) -> Self {
        Self {
            options,
            shelves: Mutex::default(),
        }
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn backend(&self) -> &'static str {
        "memory"
    }

    async fn batch(&self, ops: Vec<StoreOp>) -> Result<Vec<StoreReply>, StoreError> {
        let batch = Batch::prepare(ops, &self.options).await?;
        let mut shelves = self.shelves();
        let now = self.options.clock.now();
        let visit = Visit {
            shelves: &mut shelves,
            batch: &batch,
            ttl: self.options.ttl,
            now,
        };
        let found = visit.shelves.count() + visit.added();
        if found > MEMORY_ITEMS_MAX {
            return Err(StoreError::TooMuch {
                what: "items in memory",
                found,
                max: MEMORY_ITEMS_MAX,
            });
        }
        Ok(visit.act())
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.options.clock.now();
        let swept = self.shelves().sweep(now);
        Ok(swept as u64)
    }
}
