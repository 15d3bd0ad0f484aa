//! All items of a memory store, in their order, and what is done to them at one moment.

use std::collections::BTreeMap;

use super::kept::Kept;
use crate::clock::Timestamp;
use crate::store::{
    Batch, Delete, Found, Get, Item, Put, Refresh, Search, StoreOp, StorePath, StoreReply,
    TtlPolicy,
};

/// Items by path and key. A path without items is not in it.
#[derive(Debug, Default)]
pub(super) struct Shelves {
    items: BTreeMap<StorePath, BTreeMap<String, Kept>>,
    count: usize,
}

/// One batch on the shelves, at one moment.
pub(super) struct Visit<'a> {
    pub(super) shelves: &'a mut Shelves,
    pub(super) batch: &'a Batch,
    pub(super) ttl: TtlPolicy,
    pub(super) now: Timestamp,
}

/// An item whose time to live begins anew.
type Refreshed = (StorePath, String, Timestamp);

impl Shelves {
    /// How many items there are, with those that have expired.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn sweep(&mut self, now: Timestamp) -> usize {
        let before = self.count;
        self.items.retain(|_, shelf| {
            let size = shelf.len();
            shelf.retain(|_, kept| kept.is_there(now));
            self.count -= size - shelf.len();
            !shelf.is_empty()
        });
        before - self.count
    }

    fn get(&self, path: &StorePath, key: &str) -> Option<&Kept> {
        self.items.get(path)?.get(key)
    }

    fn get_mut(&mut self, path: &StorePath, key: &str) -> Option<&mut Kept> {
        self.items.get_mut(path)?.get_mut(key)
    }

    /// What a search looks at, in order.
    fn searched(&self, search: &Search) -> impl Iterator<Item = (&StorePath, &str, &Kept)> {
        let roots = search.roots();
        let all = roots
            .is_empty()
            .then(|| self.items.range::<StorePath, _>(..));
        let under = roots.into_iter().cloned().map(|root| {
            let from = self.items.range(&root..);
            from.take_while(move |(at, _)| at.is_under(&root))
        });
        let shelves = all.into_iter().flatten().chain(under.flatten());
        shelves.flat_map(|(path, shelf)| {
            shelf
                .iter()
                .map(move |(key, kept)| (path, key.as_str(), kept))
        })
    }

    fn put(&mut self, put: &Put, kept: Kept) {
        let shelf = self.items.entry(put.path.clone()).or_default();
        if shelf.insert(put.key.clone(), kept).is_none() {
            self.count += 1;
        }
    }

    fn delete(&mut self, delete: &Delete) {
        let Some(shelf) = self.items.get_mut(&delete.path) else {
            return;
        };
        if shelf.remove(&delete.key).is_some() {
            self.count -= 1;
        }
        if shelf.is_empty() {
            self.items.remove(&delete.path);
        }
    }
}

impl Visit<'_> {
    /// How many items the batch adds.
    pub(super) fn added(&self) -> usize {
        let is_new = |place: &usize| match &self.batch.ops()[*place] {
            StoreOp::Put(put) => self.shelves.get(&put.path, &put.key).is_none(),
            _ => false,
        };
        self.batch.writes().filter(is_new).count()
    }

    /// Does the batch: what is read is the state before all that is written.
    pub(super) fn act(self) -> Vec<StoreReply> {
        let mut refreshed = Vec::new();
        let ops = self.batch.ops().iter().enumerate();
        let replies = ops.map(|(place, op)| match op {
            StoreOp::Get(get) => StoreReply::Item(self.get(get, &mut refreshed)),
            StoreOp::Search(search) => {
                StoreReply::Found(self.search(place, search, &mut refreshed))
            }
            StoreOp::ListPaths(list) => {
                let there = self.shelves.items.iter();
                let there = there.filter(|(_, shelf)| shelf.values().any(|kept| self.sees(kept)));
                StoreReply::Paths(list.pick(there.map(|(path, _)| path)))
            }
            StoreOp::Put(_) | StoreOp::Delete(_) => StoreReply::Done,
        });
        let replies = replies.collect();
        for (path, key, expires_at) in refreshed {
            if let Some(kept) = self.shelves.get_mut(&path, &key) {
                kept.expires_at = Some(expires_at);
            }
        }
        self.write();
        replies
    }

    fn write(self) {
        for place in self.batch.writes() {
            match &self.batch.ops()[place] {
                StoreOp::Put(put) => {
                    let kept = self.kept(place, put);
                    self.shelves.put(put, kept);
                }
                StoreOp::Delete(delete) => self.shelves.delete(delete),
                StoreOp::Get(_) | StoreOp::Search(_) | StoreOp::ListPaths(_) => {}
            }
        }
    }

    fn kept(&self, place: usize, put: &Put) -> Kept {
        let before = self.shelves.get(&put.path, &put.key);
        let before = before.filter(|kept| self.sees(kept));
        let lifetime = self.ttl.lifetime(put.ttl);
        Kept {
            value: put.value.clone(),
            created_at: before.map_or(self.now, |kept| kept.created_at),
            updated_at: self.now,
            lifetime,
            expires_at: lifetime.map(|lifetime| self.now.after(lifetime)),
            vectors: self.batch.vectors(place).to_vec(),
        }
    }

    fn sees(&self, kept: &Kept) -> bool {
        kept.is_there(self.now)
    }

    fn get(&self, get: &Get, refreshed: &mut Vec<Refreshed>) -> Option<Item> {
        let kept = self.shelves.get(&get.path, &get.key)?;
        let seen = self.sees(kept);
        seen.then(|| self.read((&get.path, &get.key, kept), get.refresh, refreshed))
    }

    fn search(&self, place: usize, search: &Search, refreshed: &mut Vec<Refreshed>) -> Vec<Found> {
        let Some(matcher) = self.batch.matcher(place) else {
            unreachable!("the batch has a search in this place");
        };
        let there = self.shelves.searched(search);
        let there = there.filter(|(_, _, kept)| self.sees(kept));
        let judged = there.map(|found| {
            let relevance = matcher.relevance(&found.2.value, &found.2.vectors);
            (found, relevance)
        });
        let mut page = search.pick(judged);
        page.truncate(search.fitting(page.iter().map(|((_, _, kept), _)| &kept.value)));
        let page = page.into_iter().map(|(found, score)| Found {
            item: self.read(found, search.refresh, refreshed),
            score,
        });
        page.collect()
    }

    /// The item, which a reader sees as it is after the refresh.
    fn read(
        &self,
        (path, key, kept): (&StorePath, &str, &Kept),
        refresh: Refresh,
        refreshed: &mut Vec<Refreshed>,
    ) -> Item {
        let until = self.ttl.refreshed(refresh, kept.lifetime, self.now);
        if let Some(until) = until {
            refreshed.push((path.clone(), key.to_owned(), until));
        }
        kept.item(path, key, until.or(kept.expires_at))
    }
}
