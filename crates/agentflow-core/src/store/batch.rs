//! A batch that has been checked, with all that is needed to do it. Every backend
//! prepares its batches here, so that all refuse and embed alike. It does not do them.

use std::collections::{BTreeMap, BTreeSet};

use super::error::StoreError;
use super::limits::{
    CONDITIONS_MAX, KEY_BYTES_MAX, OPS_MAX, PAGE_MAX, PATHS_MAX, QUERY_BYTES_MAX, check,
    check_value,
};
use super::op::{Put, StoreOp, Ttl};
use super::options::StoreOptions;
use super::path::StorePath;
use super::relevance::{Matcher, Query};
use super::search::{Search, SearchMode};
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
    /// By place, one for each search.
    queries: BTreeMap<usize, Query>,
}

impl Batch {
    /// Checks the operations against all limits, finds the writes that count, and asks
    /// the embedder for what is to be indexed or searched.
    ///
    /// # Errors
    /// If an operation is not good, or if the embedder fails.
    pub async fn prepare(ops: Vec<StoreOp>, options: &StoreOptions) -> Result<Self, StoreError> {
        check("operations in a batch", ops.len(), OPS_MAX)?;
        ops.iter().try_for_each(|op| check_op(op, options))?;
        let mut batch = Self {
            writes: last_writes(&ops),
            ops,
            vectors: BTreeMap::new(),
            queries: BTreeMap::new(),
        };
        let mut asked = batch.embed(options).await?;
        for (place, op) in batch.ops.iter().enumerate() {
            if let StoreOp::Search(search) = op {
                let query = Query::of(search, asked.remove(&place));
                batch.queries.insert(place, query);
            }
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
        Some(Matcher::new(search, self.query(place)?))
    }

    /// What the search in this place is for; none if there is no search.
    #[must_use]
    pub fn query(&self, place: usize) -> Option<&Query> {
        self.queries.get(&place)
    }

    /// Asks the embedder for what is to be kept, and for what is searched for: returns
    /// the vectors of searches by their places.
    async fn embed(
        &mut self,
        options: &StoreOptions,
    ) -> Result<BTreeMap<usize, Vec<f32>>, StoreError> {
        let Some(index) = &options.index else {
            return Ok(BTreeMap::new());
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
        let asked = asked.into_iter();
        Ok(asked
            .map(|(place, text)| (place, vectors[&text].clone()))
            .collect())
    }
}

/// The text of a search that is looked for by meaning.
fn asked_for(search: &Search) -> Option<&str> {
    let text = search.query.as_deref()?;
    let is_asked = search.mode != SearchMode::Words && !text.trim().is_empty();
    is_asked.then_some(text)
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

fn check_op(op: &StoreOp, options: &StoreOptions) -> Result<(), StoreError> {
    match op {
        StoreOp::Get(get) => check_key(&get.path, &get.key),
        StoreOp::Delete(delete) => check_key(&delete.path, &delete.key),
        StoreOp::Put(put) => check_put(put),
        StoreOp::Search(search) => check_search(search, options),
        StoreOp::ListPaths(list) => {
            let conditions = list.matching.len();
            check("conditions on paths", conditions, CONDITIONS_MAX)?;
            check("paths in a page", list.limit, PAGE_MAX)
        }
    }
}

fn check_search(search: &Search, options: &StoreOptions) -> Result<(), StoreError> {
    check("paths of a search", search.paths.len(), PATHS_MAX)?;
    let conditions = search.filter.conditions.len();
    check("conditions in a filter", conditions, CONDITIONS_MAX)?;
    let query = search.query.as_ref().map_or(0, String::len);
    check("bytes in a query", query, QUERY_BYTES_MAX)?;
    check("items in a page", search.limit, PAGE_MAX)?;
    let least = search.min_similarity;
    if let Some(found) = least.filter(|least| !(-1.0..=1.0).contains(least)) {
        return Err(StoreError::BadSimilarity { found });
    }
    let wants_index = matches!(search.mode, SearchMode::Meaning | SearchMode::Hybrid);
    if wants_index && options.index.is_none() {
        return Err(StoreError::NoIndex { mode: search.mode });
    }
    Ok(())
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
