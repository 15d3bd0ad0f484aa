//! One batch: first what it searches, then in one call what it reads by name and writes.

use agentflow_core::Timestamp;
use agentflow_core::store::{
    Batch, Item, Refresh, StoreError, StoreOp, StoreOptions, StoreReply, TtlPolicy,
};

use super::code::Life;
use super::memory::Memory;
use super::raw::Raw;

/// An item whose time to live began anew when it was read.
pub(super) struct Refreshed {
    pub(super) name: Vec<u8>,
    pub(super) life: Life,
}

/// Others wrote while the batch searched: nothing of it was done.
pub(super) struct Moved;

pub(super) struct Visit<'a> {
    pub(super) memory: &'a Memory,
    pub(super) batch: &'a Batch,
    pub(super) ttl: TtlPolicy,
    pub(super) now: Timestamp,
    /// What is to be written because it was read.
    pub(super) refreshed: Vec<Refreshed>,
    /// That of the first search, if there was one.
    pub(super) revision: Option<u64>,
    has_moved: bool,
}

impl<'a> Visit<'a> {
    pub(super) fn new(memory: &'a Memory, batch: &'a Batch, options: &StoreOptions) -> Self {
        Self {
            memory,
            batch,
            ttl: options.ttl,
            now: options.clock.now(),
            refreshed: Vec::new(),
            revision: None,
            has_moved: false,
        }
    }

    /// Does the batch.
    pub(super) async fn act(mut self) -> Result<Result<Vec<StoreReply>, Moved>, StoreError> {
        let batch = self.batch;
        let writes = batch.writes().next().is_some();
        let mut replies = Vec::with_capacity(batch.ops().len());
        for (place, op) in batch.ops().iter().enumerate() {
            replies.push(match op {
                StoreOp::Search(search) => StoreReply::Found(self.search(place, search).await?),
                StoreOp::ListPaths(list) => StoreReply::Paths(self.paths(list).await?),
                StoreOp::Get(_) => StoreReply::Item(None),
                StoreOp::Put(_) | StoreOp::Delete(_) => StoreReply::Done,
            });
            if writes && self.has_moved {
                return Ok(Err(Moved));
            }
        }
        let items = match writes {
            true => match self.write().await? {
                Ok(items) => items,
                Err(Moved) => return Ok(Err(Moved)),
            },
            false => self.read().await?,
        };
        let gets = replies.iter_mut().filter_map(|reply| match reply {
            StoreReply::Item(item) => Some(item),
            _ => None,
        });
        for (reply, item) in gets.zip(items) {
            *reply = item;
        }
        Ok(Ok(replies))
    }

    /// Something was read at this revision.
    pub(super) fn saw(&mut self, revision: u64) {
        self.memory.saw(revision);
        self.has_moved |= *self.revision.get_or_insert(revision) != revision;
    }

    /// Turns an item into what its reader sees: as it is after the refresh.
    pub(super) fn seen(&mut self, raw: &Raw, refresh: Refresh, item: &mut Item) {
        let Some(life) = raw.times.life else { return };
        let ends_at = self.ttl.refreshed(refresh, Some(life.lifetime), self.now);
        let Some(ends_at) = ends_at.filter(|ends_at| life.ends_at < *ends_at) else {
            return;
        };
        item.expires_at = Some(ends_at);
        self.refreshed.push(Refreshed {
            name: raw.name.clone(),
            life: Life { ends_at, ..life },
        });
    }
}
