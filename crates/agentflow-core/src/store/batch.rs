//! A batch that has been checked, with all that is needed to do it. Every backend
//! prepares its batches here, so that all refuse and embed alike. It does not do them.

use std::collections::{BTreeMap, BTreeSet};

use super::error::StoreError;
use super::limits::{
    CONDITIONS_MAX, KEY_BYTES_MAX, OPS_MAX, PAGE_MAX, QUERY_BYTES_MAX, check, check_value,
};
use super::op::{Put, StoreOp, Ttl};
use super::options::StoreOptions;
use super::path::StorePath;
use super::relevance::Matcher;
use super::search::Search;
use serde_json::Value;

/// Operations that are good, with the vectors of what they write and search for.
///
/// A backend does the reads first, on the state before the batch, and then the writes
/// that count, all in one transaction.
#[derive(Debug)]
pub struct Batch {
    ops: Vec<StoreOp>,
    /// Places of the last write to each item.
    writes: BTreeSet<usize>,
    /// By place, for puts.
    vectors: BTreeMap<usize, Vec<Vec<f32>>>,
    /// By place, for searches.
    queries: BTreeMap<usize, Vec<f32>>,
}

impl Batch {
    /// Checks the operations against all limits, finds the writes that count, and asks
    /// the embedder for what is to be indexed or searched.
    ///
    /// # Errors
    /// If an operation is not good, or if the embedder fails.
    pub async fn prepare(ops: Vec<StoreOp>, options: &StoreOptions) -> Result<Self, StoreError> {
        check("operations in a batch", ops.len(), OPS_MAX)?;
        ops.iter().try_for_each(check_op)?;
        let mut batch = Self {
            writes: last_writes(&ops),
            ops,
            vectors: BTreeMap::new(),
            queries: BTreeMap::new(),
        };
        if options.index.is_some() {
            batch.embed(options).await?;
        }
        Ok(batch)
    }

    /// The operations, as they were given.
    #[must_use]
    pub fn ops(&self) -> &[StoreOp] {
        &self.ops
    }

    /// The places of the writes that count, in order: of several writes to one item only
    /// the last is done.
    pub fn writes(&self) -> impl Iterator<Item = usize> {
        self.writes.iter().copied()
    }

    /// The vectors of what the put in this place keeps; none if it is not indexed.
    #[must_use]
    pub fn vectors(&self, place: usize) -> &[Vec<f32>] {
        self.vectors.get(&place).map_or(&[], Vec::as_slice)
    }

    /// Tells what items are to the search in this place; none if there is no search.
    #[must_use]
    pub fn matcher(&self, place: usize) -> Option<Matcher<'_>> {
        let Some(StoreOp::Search(search)) = self.ops.get(place) else {
            return None;
        };
        Some(Matcher::new(search, self.query_vector(place)))
    }

    /// The vector of what the search in this place is for; none if it has no query, or
    /// the store no index.
    #[must_use]
    pub fn query_vector(&self, place: usize) -> Option<&[f32]> {
        self.queries.get(&place).map(Vec::as_slice)
    }

    async fn embed(&mut self, options: &StoreOptions) -> Result<(), StoreError> {
        let Some(index) = &options.index else {
            return Ok(());
        };
        let (mut kept, mut asked) = (BTreeMap::new(), BTreeMap::new());
        for (place, op) in self.ops.iter().enumerate() {
            match op {
                StoreOp::Put(put) if self.writes.contains(&place) => {
                    kept.insert(place, index.texts_of(put)?);
                }
                StoreOp::Search(search) => {
                    if let Some(text) = asked_for(search) {
                        asked.insert(place, text.to_owned());
                    }
                }
                _ => {}
            }
        }
        let vectors = index
            .embed(kept.values().flatten().chain(asked.values()))
            .await?;
        for (place, texts) in kept {
            let of_item = texts.iter().map(|text| vectors[text].clone());
            self.vectors.insert(place, of_item.collect());
        }
        for (place, text) in asked {
            self.queries.insert(place, vectors[&text].clone());
        }
        Ok(())
    }
}

fn asked_for(search: &Search) -> Option<&str> {
    let text = search.query.as_deref()?;
    (!text.trim().is_empty()).then_some(text)
}

fn last_writes(ops: &[StoreOp]) -> BTreeSet<usize> {
    let mut last = BTreeMap::new();
    for (place, op) in ops.iter().enumerate() {
        if let Some(item) = op.written() {
            last.insert(item, place);
        }
    }
    last.into_values().collect()
}

fn check_op(op: &StoreOp) -> Result<(), StoreError> {
    match op {
        StoreOp::Get(get) => check_key(&get.path, &get.key),
        StoreOp::Delete(delete) => check_key(&delete.path, &delete.key),
        StoreOp::Put(put) => check_put(put),
        StoreOp::Search(search) => {
            let conditions = search.filter.conditions.len();
            check("conditions in a filter", conditions, CONDITIONS_MAX)?;
            let query = search.query.as_ref().map_or(0, String::len);
            check("bytes in a query", query, QUERY_BYTES_MAX)?;
            check("items in a page", search.limit, PAGE_MAX)
        }
        StoreOp::ListPaths(list) => {
            let conditions = list.matching.len();
            check("conditions on paths", conditions, CONDITIONS_MAX)?;
            check("paths in a page", list.limit, PAGE_MAX)
        }
    }
}

fn check_put(put: &Put) -> Result<(), StoreError> {
    check_key(&put.path, &put.key)?;
    let (path, key) = (|| put.path.clone(), || put.key.clone());
    if put.ttl == Ttl::For(std::time::Duration::ZERO) {
        return Err(StoreError::NoTtl {
            path: path(),
            key: key(),
        });
    }
    let found = match &put.value {
        Value::Object(_) => return check_value(&put.value),
        Value::Null => "null",
        Value::Bool(_) => "a truth",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
    };
    Err(StoreError::NotAnObject {
        path: path(),
        key: key(),
        found,
    })
}

fn check_key(path: &StorePath, key: &str) -> Result<(), StoreError> {
    check("bytes in a key", key.len(), KEY_BYTES_MAX)?;
    if key.is_empty() || key.contains('\0') {
        return Err(StoreError::BadKey {
            path: path.clone(),
            key: key.to_owned(),
        });
    }
    Ok(())
}
