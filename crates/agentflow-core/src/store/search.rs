//! Finding items.

use super::filter::Filter;
use super::op::Refresh;
use super::path::StorePath;
use super::relevance::Relevance;

/// Asks for items by where they are, what is in them, and what they are about.
///
/// Without a [`Search::query`] they come in the order of their paths and keys. With one,
/// the best come first, and equals in that order.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Only items of this path and those that lie in it.
    pub path: Option<StorePath>,
    /// Only items of which this holds.
    pub filter: Filter,
    /// What they are about.
    pub query: Option<String>,
    /// How many are wanted at most, 10 by default.
    pub limit: usize,
    /// How many to leave out before.
    pub offset: usize,
    /// Whether the times to live of the items of this page begin anew.
    pub refresh: Refresh,
}

impl Search {
    /// Ten items at most of this path and those that lie in it.
    #[must_use]
    pub fn under(path: &StorePath) -> Self {
        Self {
            path: Some(path.clone()),
            ..Self::everywhere()
        }
    }

    /// Ten items at most, wherever they are.
    #[must_use]
    pub fn everywhere() -> Self {
        Self {
            path: None,
            filter: Filter::new(),
            query: None,
            limit: 10,
            offset: 0,
            refresh: Refresh::default(),
        }
    }

    /// Only items of which this holds.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Items about this, the best first.
    ///
    /// In a store with an [`IndexConfig`](super::IndexConfig) the score is the cosine of
    /// the angle between the query's vector and the item's, the best of them if it has
    /// several; items that are not indexed come behind, without a score.
    ///
    /// In another the score is the share of the query's words that occur in the item's
    /// strings and numbers, from 0 to 1, however they are capitalised; items in which
    /// none occurs are left out. A word is a run of letters and digits, and occurs as a
    /// whole. A query without words is none.
    #[must_use]
    pub fn query(mut self, text: impl Into<String>) -> Self {
        self.query = Some(text.into());
        self
    }

    /// So many at most.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Without the first so many.
    #[must_use]
    pub fn offset(mut self, offset: usize) -> Self {
        self.offset = offset;
        self
    }

    /// Says whether the times to live of what is found begin anew.
    #[must_use]
    pub fn refresh(mut self, refresh: Refresh) -> Self {
        self.refresh = refresh;
        self
    }

    /// The page that is wanted of candidates that come in the order of their paths and
    /// keys, with their scores. For backends that do not rank themselves.
    pub fn pick<C>(
        &self,
        candidates: impl IntoIterator<Item = (C, Relevance)>,
    ) -> Vec<(C, Option<f64>)> {
        let candidates = candidates.into_iter();
        let wanted = candidates.filter_map(|(candidate, relevance)| match relevance {
            Relevance::Irrelevant => None,
            Relevance::Unscored => Some((candidate, None)),
            Relevance::Score(score) => Some((candidate, Some(score))),
        });
        if self.query.is_none() {
            return wanted.skip(self.offset).take(self.limit).collect();
        }
        let mut ranked: Vec<_> = wanted.collect();
        // Stable: equals stay in the order of paths and keys.
        ranked.sort_by(|(_, left), (_, right)| match (left, right) {
            (Some(left), Some(right)) => right.total_cmp(left),
            _ => right.is_some().cmp(&left.is_some()),
        });
        ranked
            .into_iter()
            .skip(self.offset)
            .take(self.limit)
            .collect()
    }
}
