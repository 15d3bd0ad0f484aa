//! Finding items.

use serde_json::Value;

use super::filter::Filter;
use super::fusion::{RANKS_MAX, fuse};
use super::op::Refresh;
use super::path::StorePath;
use super::relevance::Relevance;
use super::tokens::tokens_of;

/// Asks for items by where they are, what is in them, and what they are about.
///
/// Without a [`Search::query`] they come in the order of their paths and keys. With one,
/// the best come first, and equals in that order.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Only items of one of these paths and those that lie in it; wherever they are, if
    /// there is none.
    pub paths: Vec<StorePath>,
    /// Only items of which this holds.
    pub filter: Filter,
    /// What they are about.
    pub query: Option<String>,
    /// How that is looked for.
    pub mode: SearchMode,
    /// How near an item must be to be found by meaning, as the cosine of the angle, from
    /// -1 to 1; without it none is too far. What is found by words need not be near.
    pub min_similarity: Option<f64>,
    /// How many are wanted at most, 10 by default.
    pub limit: usize,
    /// How many to leave out before.
    pub offset: usize,
    /// How many tokens the values of the page have at most, by
    /// [`tokens_of`](super::tokens_of): the page ends before the first that does not fit.
    pub tokens_max: Option<usize>,
    /// Whether the times to live of the items of this page begin anew.
    pub refresh: Refresh,
}

/// How a search looks for what it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchMode {
    /// By meaning in a store with an [`IndexConfig`](super::IndexConfig), by words in
    /// another.
    #[default]
    AsConfigured,
    /// By words, in every store.
    Words,
    /// By meaning; refused by a store without an index.
    Meaning,
    /// By both; refused by a store without an index.
    Hybrid,
}

impl Search {
    /// Ten items at most of this path and those that lie in it.
    #[must_use]
    pub fn under(path: &StorePath) -> Self {
        Self::under_any([path])
    }

    /// Ten items at most of these paths and those that lie in one of them; wherever they
    /// are, if there is no path.
    #[must_use]
    pub fn under_any<'a>(paths: impl IntoIterator<Item = &'a StorePath>) -> Self {
        Self {
            paths: paths.into_iter().cloned().collect(),
            ..Self::everywhere()
        }
    }

    /// Ten items at most, wherever they are.
    #[must_use]
    pub fn everywhere() -> Self {
        Self {
            paths: Vec::new(),
            filter: Filter::new(),
            query: None,
            mode: SearchMode::default(),
            min_similarity: None,
            limit: 10,
            offset: 0,
            tokens_max: None,
            refresh: Refresh::default(),
        }
    }

    /// Only items of which this holds.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Items about this, the best first. What the score is depends on the
    /// [`Search::mode`]:
    ///
    /// - By meaning it is the cosine of the angle between the query's vector and the
    ///   item's, the best of them if it has several; items that are not indexed come
    ///   behind, without a score.
    /// - By words it is the share of the query's words that occur in the item's strings
    ///   and numbers, from 0 to 1, however they are capitalised; items in which none
    ///   occurs are left out. A word is a run of letters and digits, and occurs as a
    ///   whole. A query without words is none.
    /// - Hybrid it is what [`fuse`](super::fuse) makes of both lists: a number that says
    ///   which item is better, and not how good it is. Items in neither list are left out.
    ///
    /// A blank query is none.
    #[must_use]
    pub fn query(mut self, text: impl Into<String>) -> Self {
        self.query = Some(text.into());
        self
    }

    /// Says how what they are about is looked for.
    #[must_use]
    pub fn mode(mut self, mode: SearchMode) -> Self {
        self.mode = mode;
        self
    }

    /// By meaning only what is so near, from -1 to 1.
    #[must_use]
    pub fn min_similarity(mut self, cosine: f64) -> Self {
        self.min_similarity = Some(cosine);
        self
    }

    /// As many of the page as have so many tokens together.
    #[must_use]
    pub fn tokens_max(mut self, tokens: usize) -> Self {
        self.tokens_max = Some(tokens);
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

    /// The paths that are searched, in order and apart: none lies in another. Nothing if
    /// all are.
    #[must_use]
    pub fn roots(&self) -> Vec<&StorePath> {
        let mut paths: Vec<&StorePath> = self.paths.iter().collect();
        paths.sort();
        // What lies in a path comes right behind it.
        paths.dedup_by(|path, before| path.is_under(before));
        paths
    }

    /// How many of a page's values, from the first on, fit into [`Search::tokens_max`].
    pub fn fitting<'a>(&self, values: impl IntoIterator<Item = &'a Value>) -> usize {
        let values = values.into_iter();
        let Some(mut left) = self.tokens_max else {
            return values.count();
        };
        let fits = |value: &Value| {
            let rest = left.checked_sub(tokens_of(value));
            rest.is_some_and(|rest| {
                left = rest;
                true
            })
        };
        values.map(fits).take_while(|fits| *fits).count()
    }

    /// The page that is wanted of candidates that come in the order of their paths and
    /// keys, with their scores. For backends that do not rank themselves; the tokens are
    /// counted [apart](Search::fitting).
    pub fn pick<C>(
        &self,
        candidates: impl IntoIterator<Item = (C, Relevance)>,
    ) -> Vec<(C, Option<f64>)> {
        let candidates = candidates.into_iter();
        let wanted = candidates.filter(|(_, relevance)| *relevance != Relevance::Irrelevant);
        let page = |ranked: &mut dyn Iterator<Item = _>| {
            ranked.skip(self.offset).take(self.limit).collect()
        };
        if self.query.is_none() {
            return page(&mut wanted.map(|(candidate, _)| (candidate, None)));
        }
        page(&mut ranked(wanted).into_iter())
    }
}

/// The candidates with their scores, the best first.
fn ranked<C>(wanted: impl Iterator<Item = (C, Relevance)>) -> Vec<(C, Option<f64>)> {
    let (mut ranked, mut placed) = (Vec::new(), Vec::new());
    let (mut by_words, mut by_meaning) = (Vec::new(), Vec::new());
    for (candidate, relevance) in wanted {
        match relevance {
            Relevance::Irrelevant => {}
            Relevance::Unscored => ranked.push((candidate, None)),
            Relevance::Score(score) => ranked.push((candidate, Some(score))),
            Relevance::Places { words, meaning } => {
                let place = placed.len();
                placed.push(Some(candidate));
                by_words.extend(words.map(|score| (place, score)));
                by_meaning.extend(meaning.map(|score| (place, score)));
            }
        }
    }
    // Stable: equals stay in the order of paths and keys.
    ranked.sort_by(|(_, left), (_, right)| match (left, right) {
        (Some(left), Some(right)) => f64::total_cmp(right, left),
        _ => right.is_some().cmp(&left.is_some()),
    });
    for list in [&mut by_words, &mut by_meaning] {
        list.sort_by(|(_, left), (_, right)| f64::total_cmp(right, left));
        list.truncate(RANKS_MAX);
    }
    let fused = fuse([by_words, by_meaning]).into_iter();
    ranked.extend(fused.filter_map(|(place, score)| Some((placed[place].take()?, Some(score)))));
    ranked
}
