//! What a batch reads and writes by name, as the function in the database takes it: one
//! array for each column.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::store::{
    Batch, Delete, Get, Item, Put, StoreOp, StoreOptions, StoreReply, Words,
};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};

use super::visit::Failure;
use crate::items::{decode, path_column};
use crate::postgres::Statement;

pub(super) const VISIT: &str = "
    SELECT asked, item_value, item_created_at, item_updated_at, item_expires_at, fitting_dims
    FROM SCHEMA.store_visit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";

/// Most bytes of one call, 32 MiB: the server holds a call's arrays in memory at once, and
/// a message ends at 1 GiB. A batch beyond it takes several calls in a transaction.
const CALL_BYTES_MAX: usize = 32 * 1024 * 1024;

/// One call.
#[derive(Default)]
pub(super) struct Names<'a> {
    /// The places in the batch of what is read.
    asked: Vec<usize>,
    get_paths: Vec<Vec<u8>>,
    get_keys: Vec<&'a [u8]>,
    refreshes: Vec<bool>,
    put_paths: Vec<Vec<u8>>,
    put_keys: Vec<&'a [u8]>,
    put_values: Vec<String>,
    lifetimes: Vec<Option<i64>>,
    /// Whose word it is: its put, from 1.
    word_puts: Vec<i64>,
    words: Vec<Vec<u8>>,
    /// Whose vector it is: its put, from 1.
    vector_puts: Vec<i64>,
    numbers: Vec<f32>,
    /// How many numbers each vector has.
    dims: Option<usize>,
    gone_paths: Vec<Vec<u8>>,
    gone_keys: Vec<&'a [u8]>,
    bytes: usize,
}

impl<'a> Names<'a> {
    /// The calls of a batch: its reads with the first of them, then its writes.
    pub(super) fn of(batch: &'a Batch, options: &StoreOptions) -> Vec<Self> {
        let mut calls: Vec<Self> = Vec::new();
        let mut call = Self::default();
        for (place, op) in batch.ops().iter().enumerate() {
            if let StoreOp::Get(get) = op {
                call.get(place, get, options);
            }
        }
        for place in batch.writes() {
            match &batch.ops()[place] {
                StoreOp::Put(put) => call.put(put, batch.vectors(place), options),
                StoreOp::Delete(delete) => call.delete(delete),
                StoreOp::Get(_) | StoreOp::Search(_) | StoreOp::ListPaths(_) => {}
            }
            if call.bytes > CALL_BYTES_MAX {
                calls.push(std::mem::take(&mut call));
            }
        }
        if !(call.asked.is_empty() && call.put_keys.is_empty() && call.gone_keys.is_empty()) {
            calls.push(call);
        }
        calls
    }

    /// How many numbers each of its vectors has.
    pub(super) fn dims(&self) -> usize {
        self.dims.unwrap_or(0)
    }

    /// `sql` is that of [`VISIT`].
    pub(super) fn statement<'q>(&'q self, sql: &'q str, now: Timestamp) -> Statement<'q> {
        sqlx::query(AssertSqlSafe(sql))
            .bind(now.0)
            .bind(&self.get_paths)
            .bind(&self.get_keys)
            .bind(&self.refreshes)
            .bind(&self.put_paths)
            .bind(&self.put_keys)
            .bind(&self.put_values)
            .bind(&self.lifetimes)
            .bind(&self.word_puts)
            .bind(&self.words)
            .bind(&self.vector_puts)
            .bind(&self.numbers)
            .bind(self.dims.map(number))
            .bind(&self.gone_paths)
            .bind(&self.gone_keys)
    }

    /// Fills in what was read. Returns how many numbers a vector must have, if those of
    /// this call have not so many and nothing was written.
    pub(super) fn answer(
        &self,
        rows: &[PgRow],
        batch: &Batch,
        replies: &mut [StoreReply],
    ) -> Result<Option<i64>, Failure> {
        for row in rows {
            if let Some(fitting) = row.try_get(5)? {
                return Ok(Some(fitting));
            }
            let asked: i64 = row.try_get(0)?;
            let asked = usize::try_from(asked - 1).ok();
            let place = asked.and_then(|asked| self.asked.get(asked));
            let (Some(place), Some(StoreOp::Get(get))) =
                (place, place.and_then(|place| batch.ops().get(*place)))
            else {
                unreachable!("the function answers what it was asked");
            };
            let (path, key) = (get.path.clone(), get.key.clone());
            let value = decode(row.try_get(1)?, || format!("item `{key}` of `{path}`"));
            let expires_at: Option<i64> = row.try_get(4)?;
            replies[*place] = StoreReply::Item(Some(Item {
                value: value.map_err(Failure::Refused)?,
                path,
                key,
                created_at: Timestamp(row.try_get(2)?),
                updated_at: Timestamp(row.try_get(3)?),
                expires_at: expires_at.map(Timestamp),
            }));
        }
        Ok(None)
    }

    fn get(&mut self, place: usize, get: &'a Get, options: &StoreOptions) {
        // Whether it would, if the item had a time to live.
        let refreshed = options
            .ttl
            .refreshed(get.refresh, Some(Duration::ZERO), Timestamp(0));
        self.asked.push(place);
        self.get_paths.push(path_column(&get.path));
        self.get_keys.push(get.key.as_bytes());
        self.refreshes.push(refreshed.is_some());
    }

    fn put(&mut self, put: &'a Put, vectors: &[Vec<f32>], options: &StoreOptions) {
        let value = put.value.to_string();
        let micros = |lifetime: Duration| i64::try_from(lifetime.as_micros()).unwrap_or(i64::MAX);
        self.bytes += value.len();
        self.put_paths.push(path_column(&put.path));
        self.put_keys.push(put.key.as_bytes());
        self.put_values.push(value);
        self.lifetimes
            .push(options.ttl.lifetime(put.ttl).map(micros));
        let its_number = number(self.put_keys.len());
        for word in Words::in_value(&put.value).iter() {
            self.bytes += word.len();
            self.word_puts.push(its_number);
            self.words.push(word.as_bytes().to_vec());
        }
        for vector in vectors {
            self.bytes += vector.len() * size_of::<f32>();
            self.dims = Some(vector.len());
            self.vector_puts.push(its_number);
            self.numbers.extend_from_slice(vector);
        }
    }

    fn delete(&mut self, delete: &'a Delete) {
        self.gone_paths.push(path_column(&delete.path));
        self.gone_keys.push(delete.key.as_bytes());
    }
}

/// A count as a column holds it.
pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
