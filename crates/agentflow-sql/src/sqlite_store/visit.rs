//! One batch, at one moment, on one connection: first all that it reads, then all that
//! it writes. Begins and ends no transaction.

use agentflow_core::Timestamp;
use agentflow_core::store::{
    Batch, Found, Get, Item, Refresh, StoreError, StoreOp, StoreOptions, StoreReply,
};
use rusqlite::Connection;

use super::{index, read, search, write};
use crate::items::{Kept, Refreshed};
use crate::sqlite;

/// Why a read did not happen.
pub(super) type Failure = sqlite::Failure<StoreError>;

pub(super) struct Visit<'a> {
    batch: &'a Batch,
    options: &'a StoreOptions,
    now: Timestamp,
    /// What is to be written because it was read.
    pub(super) refreshed: Vec<Refreshed>,
}

impl<'a> Visit<'a> {
    pub(super) fn new(batch: &'a Batch, options: &'a StoreOptions) -> Self {
        Self {
            batch,
            options,
            now: options.clock.now(),
            refreshed: Vec::new(),
        }
    }

    /// The replies to all operations.
    pub(super) fn read(&mut self, conn: &Connection) -> Result<Vec<StoreReply>, Failure> {
        let mut replies = Vec::with_capacity(self.batch.ops().len());
        for (place, op) in self.batch.ops().iter().enumerate() {
            replies.push(match op {
                StoreOp::Get(get) => StoreReply::Item(self.get(conn, get)?),
                StoreOp::Search(_) => StoreReply::Found(self.search(conn, place)?),
                StoreOp::ListPaths(list) => StoreReply::Paths(read::paths(conn, list, self.now)?),
                StoreOp::Put(_) | StoreOp::Delete(_) => StoreReply::Done,
            });
        }
        Ok(replies)
    }

    /// Makes sure, before anything is written, that the vectors of all writes may be.
    pub(super) fn claim(&self, conn: &Connection) -> Result<(), Failure> {
        let mut places = self.batch.writes();
        match places.find_map(|place| self.batch.vectors(place).first()) {
            Some(vector) => index::claim(conn, vector.len()),
            None => Ok(()),
        }
    }

    /// Does what the reads have refreshed, and then the writes that count.
    pub(super) fn write(&self, conn: &Connection) -> Result<(), Failure> {
        write::refresh(conn, &self.refreshed)?;
        for place in self.batch.writes() {
            match &self.batch.ops()[place] {
                StoreOp::Put(put) => {
                    let lifetime = self.options.ttl.lifetime(put.ttl);
                    let vectors = self.batch.vectors(place);
                    write::put(conn, put, vectors, lifetime, self.now)?;
                }
                StoreOp::Delete(delete) => write::delete(conn, delete)?,
                StoreOp::Get(_) | StoreOp::Search(_) | StoreOp::ListPaths(_) => {}
            }
        }
        Ok(())
    }

    fn get(&mut self, conn: &Connection, get: &Get) -> Result<Option<Item>, Failure> {
        let kept = read::item(conn, &get.path, &get.key, self.now)?;
        Ok(kept.map(|kept| self.seen(kept, get.refresh)))
    }

    fn search(&mut self, conn: &Connection, place: usize) -> Result<Vec<Found>, Failure> {
        let (Some(matcher), Some(query), StoreOp::Search(search)) = (
            self.batch.matcher(place),
            self.batch.query(place),
            &self.batch.ops()[place],
        ) else {
            unreachable!("the batch has a search in this place");
        };
        let asked = search::Asked {
            search,
            query,
            matcher: &matcher,
            now: self.now,
        };
        let mut kept = Vec::new();
        let page = asked.page(conn)?;
        let ids: Vec<i64> = page.iter().map(|(id, _)| *id).collect();
        for (item, (_, score)) in read::items(conn, &ids)?.into_iter().zip(page) {
            kept.push((item, score));
        }
        kept.truncate(search.fitting(kept.iter().map(|(kept, _)| &kept.item.value)));
        let found = kept.into_iter().map(|(kept, score)| Found {
            item: self.seen(kept, search.refresh),
            score,
        });
        Ok(found.collect())
    }

    fn seen(&mut self, kept: Kept, refresh: Refresh) -> Item {
        let (item, refreshed) = kept.seen(&self.options.ttl, refresh, self.now);
        self.refreshed.extend(refreshed);
        item
    }
}
