//! Whether an item is what a search wants, and how much.

use serde_json::Value;

use super::filter::Filter;
use super::index::cosine;
use super::search::{Search, SearchMode};
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
    /// Wanted, and its place among all others says how much.
    Places {
        /// How much its words are wanted; none if they are not.
        words: Option<f64>,
        /// How much what it means is wanted; none if that is not.
        meaning: Option<f64>,
    },
}

/// What a search is for, made ready to be looked for. Made by
/// [`Batch::query`](super::Batch::query).
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// For nothing: all that path and filter leave, in order.
    All,
    /// For these words: items with one of them at least, those with more first.
    Words(Words),
    /// For what lies in this direction: the nearest first, and then what is not indexed,
    /// unless there is a [`Search::min_similarity`].
    Meaning(Vec<f32>),
    /// For both: what [`fuse`](super::fuse) makes of the two lists.
    Hybrid {
        /// None if there is no word in the query.
        words: Option<Words>,
        /// The direction.
        vector: Vec<f32>,
    },
}

impl Query {
    /// `vector` is that of the query's text, if one is wanted.
    pub(super) fn of(search: &Search, vector: Option<Vec<f32>>) -> Self {
        let words = || Words::of(search.query.as_deref()?);
        match vector {
            None => words().map_or(Self::All, Self::Words),
            Some(vector) if search.mode == SearchMode::Hybrid => Self::Hybrid {
                words: words(),
                vector,
            },
            Some(vector) => Self::Meaning(vector),
        }
    }

    /// The direction that is looked in, if one is.
    #[must_use]
    pub fn vector(&self) -> Option<&[f32]> {
        match self {
            Self::Meaning(vector) | Self::Hybrid { vector, .. } => Some(vector),
            Self::All | Self::Words(_) => None,
        }
    }
}

/// Tells what items are to one search. Made by [`Batch::matcher`](super::Batch::matcher).
#[derive(Clone, Debug)]
pub struct Matcher<'a> {
    filter: &'a Filter,
    query: &'a Query,
    min_similarity: Option<f64>,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(search: &'a Search, query: &'a Query) -> Self {
        Self {
            filter: &search.filter,
            query,
            min_similarity: search.min_similarity,
        }
    }

    /// What an item of this value is to the search, which has these vectors in the index.
    /// Where it is kept has been looked at before.
    #[must_use]
    pub fn relevance(&self, value: &Value, vectors: &[Vec<f32>]) -> Relevance {
        if !self.filter.matches(value) {
            return Relevance::Irrelevant;
        }
        let share = |words: &Words| Some(words.share_in(value)).filter(|share| *share > 0.0);
        match self.query {
            Query::All => Relevance::Unscored,
            Query::Words(words) => share(words).map_or(Relevance::Irrelevant, Relevance::Score),
            Query::Meaning(_) => match self.similarity(vectors) {
                Some(similarity) => Relevance::Score(similarity),
                None if self.min_similarity.is_some() => Relevance::Irrelevant,
                None => Relevance::Unscored,
            },
            Query::Hybrid { words, .. } => {
                let words = words.as_ref().and_then(share);
                match (words, self.similarity(vectors)) {
                    (None, None) => Relevance::Irrelevant,
                    (words, meaning) => Relevance::Places { words, meaning },
                }
            }
        }
    }

    /// How near the nearest of an item's vectors is to what is searched for; none if it
    /// has none, if it is not near enough, or if nothing is searched for by meaning.
    #[must_use]
    pub fn similarity<V: AsRef<[f32]>>(&self, vectors: impl IntoIterator<Item = V>) -> Option<f64> {
        let query = self.query.vector()?;
        let vectors = vectors.into_iter();
        let near = vectors.map(|vector| cosine(query, vector.as_ref()));
        let near = near.max_by(f64::total_cmp)?;
        let is_enough = self.min_similarity.is_none_or(|least| near >= least);
        is_enough.then_some(near)
    }
}
