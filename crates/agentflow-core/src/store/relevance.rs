//! Whether an item is what a search wants, and how much.

use serde_json::Value;

use super::filter::Filter;
use super::index::cosine;
use super::search::Search;
use super::words::Words;

/// What an item is to a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Relevance {
    /// Not what is wanted.
    Irrelevant,
    /// Wanted, and nothing says how much.
    Unscored,
    /// Wanted so much; more is better.
    Score(f64),
}

/// Tells what items are to one search. Made by [`Batch::matcher`](super::Batch::matcher).
#[derive(Clone, Debug)]
pub struct Matcher<'a> {
    filter: &'a Filter,
    query: Query<'a>,
}

#[derive(Clone, Debug)]
enum Query<'a> {
    None,
    Words(Words),
    Vector(&'a [f32]),
}

impl<'a> Matcher<'a> {
    /// `vector` is the query's, if the store has an index.
    pub(super) fn new(search: &'a Search, vector: Option<&'a [f32]>) -> Self {
        let words = || Words::of(search.query.as_deref()?);
        Self {
            filter: &search.filter,
            query: match vector {
                Some(vector) => Query::Vector(vector),
                None => words().map_or(Query::None, Query::Words),
            },
        }
    }

    /// What an item of this value is to the search, which has these vectors in the index.
    /// Where it is kept has been looked at before.
    #[must_use]
    pub fn relevance(&self, value: &Value, vectors: &[Vec<f32>]) -> Relevance {
        if !self.filter.matches(value) {
            return Relevance::Irrelevant;
        }
        match &self.query {
            Query::None => Relevance::Unscored,
            Query::Words(words) => match words.share_in(value) {
                0.0 => Relevance::Irrelevant,
                share => Relevance::Score(share),
            },
            Query::Vector(query) => {
                let scores = vectors.iter().map(|vector| cosine(query, vector));
                scores
                    .max_by(f64::total_cmp)
                    .map_or(Relevance::Unscored, Relevance::Score)
            }
        }
    }
}
