//! What one search finds. Redis only says what lies under its paths; what that is to the
//! search is judged here.

use agentflow_core::store::{Found, Matcher, Query, RANKS_MAX, Search, StoreError};
use serde_json::Value;

use super::best::Best;
use super::code::read_vectors;
use super::pages::{PAGE_ITEMS_MAX, Page, Pages};
use super::raw::Raw;
use super::visit::Visit;

/// An item, and its score.
type Listed = (Raw, Option<f64>);

impl Visit<'_> {
    pub(super) async fn search(
        &mut self,
        place: usize,
        search: &Search,
    ) -> Result<Vec<Found>, StoreError> {
        let batch = self.batch;
        let (Some(matcher), Some(query)) = (batch.matcher(place), batch.query(place)) else {
            unreachable!("the batch has a search in this place");
        };
        let listed = match query {
            _ if search.limit == 0 => Vec::new(),
            Query::All => self.in_order(search).await?,
            _ => self.ranked(search, query, &matcher).await?,
        };
        let mut found = Vec::with_capacity(listed.len());
        for (raw, score) in &listed {
            let item = raw.item(self.memory)?;
            found.push(Found {
                item,
                score: *score,
            });
        }
        found.truncate(search.fitting(found.iter().map(|found| &found.item.value)));
        for (found, (raw, _)) in found.iter_mut().zip(listed) {
            self.seen(&raw, search.refresh, &mut found.item);
        }
        Ok(found)
    }

    /// Reads no further than the page of the search.
    async fn in_order(&mut self, search: &Search) -> Result<Vec<Listed>, StoreError> {
        let takes_all = search.filter.conditions.is_empty();
        let mut pages = Pages::of(search, None);
        let mut skip = search.offset;
        if takes_all {
            pages.skip = std::mem::take(&mut skip);
        }
        let mut listed = Vec::new();
        while listed.len() < search.limit {
            let names = match takes_all {
                true => pages.skip.saturating_add(search.limit - listed.len()),
                false => PAGE_ITEMS_MAX,
            };
            let Some(page) = self.page(&mut pages, names).await? else {
                break;
            };
            for raw in page {
                if listed.len() == search.limit {
                    break;
                }
                if !takes_all && !search.filter.matches(&raw.value()?) {
                    continue;
                }
                if skip > 0 {
                    skip -= 1;
                } else {
                    listed.push((raw, None));
                }
            }
        }
        Ok(listed)
    }

    /// Looks at all items under the paths, and keeps no more of them than the best.
    async fn ranked(
        &mut self,
        search: &Search,
        query: &Query,
        matcher: &Matcher<'_>,
    ) -> Result<Vec<Listed>, StoreError> {
        let dims = query.vector().map(<[f32]>::len);
        let count = match query {
            Query::Hybrid { .. } => RANKS_MAX,
            _ => search.offset.saturating_add(search.limit),
        };
        let reads_values = !search.filter.conditions.is_empty() || looks_for_words(query);
        let mut pages = Pages::of(search, dims);
        let mut best = Best::of(count);
        while let Some(page) = self.page(&mut pages, PAGE_ITEMS_MAX).await? {
            for mut raw in page {
                // A long page lets others have their turn.
                tokio::task::coop::consume_budget().await;
                // Whoever looks at directions only does not look at values.
                let value = match reads_values {
                    true => raw.value()?,
                    false => Value::Null,
                };
                let vectors = std::mem::take(&mut raw.vectors);
                let vectors = dims.map_or(Vec::new(), |dims| read_vectors(&vectors, dims));
                best.add(raw, matcher.relevance(&value, &vectors));
            }
        }
        Ok(search.pick(best.left()))
    }

    async fn page(
        &mut self,
        pages: &mut Pages,
        names: usize,
    ) -> Result<Option<Vec<Raw>>, StoreError> {
        let page = pages.next(self.memory, self.now, names).await?;
        Ok(page.map(|Page { revision, items }| {
            self.saw(revision);
            items
        }))
    }
}

fn looks_for_words(query: &Query) -> bool {
    match query {
        Query::Words(_) => true,
        Query::Hybrid { words, .. } => words.is_some(),
        Query::All | Query::Meaning(_) => false,
    }
}
