//! What one search finds: the numbers of the items of its page, in order, and their scores.

use std::collections::HashMap;

use agentflow_core::Timestamp;
use agentflow_core::store::{Matcher, Query, RANKS_MAX, Search, fuse};
use rusqlite::{Connection, Row};

use super::clause::push_searched;
use super::nearest::nearest;
use super::read::numbers;
use super::sql::Sql;
use super::visit::Failure;
use super::words::with_words;
use crate::items::{Others, Page, takes};

const IN_ORDER: &str = "
    SELECT id FROM store_items WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY path, key";

/// The number of an item, and its score.
pub(super) type Listed = (i64, Option<f64>);

/// One search.
pub(super) struct Asked<'a> {
    pub(super) search: &'a Search,
    pub(super) query: &'a Query,
    pub(super) matcher: &'a Matcher<'a>,
    pub(super) now: Timestamp,
}

/// Lets SQLite cut the page. What comes then is all wanted.
pub(super) fn push_page(sql: &mut Sql, page: &mut Page) {
    let (offset, limit) = page.columns();
    sql.push(" LIMIT ").push_bind(limit);
    sql.push(" OFFSET ").push_bind(offset);
    page.offset = 0;
}

impl Asked<'_> {
    pub(super) fn page(&self, conn: &Connection) -> Result<Vec<Listed>, Failure> {
        let (offset, limit) = (self.search.offset, self.search.limit);
        let page = Page { offset, limit };
        match self.query {
            _ if limit == 0 => Ok(Vec::new()),
            Query::All => self.in_order(conn, page),
            Query::Words(words) => with_words(conn, self, words, page),
            Query::Meaning(_) => {
                let others = match self.search.min_similarity {
                    Some(_) => Others::LeftOut,
                    None => Others::Last,
                };
                let nearest = nearest(conn, self, others, page.end())?;
                Ok(nearest.into_iter().skip(offset).collect())
            }
            Query::Hybrid { words, .. } => {
                let ranks = Page {
                    offset: 0,
                    limit: RANKS_MAX,
                };
                let by_words = match words {
                    Some(words) => with_words(conn, self, words, ranks)?,
                    None => Vec::new(),
                };
                let by_meaning = nearest(conn, self, Others::LeftOut, RANKS_MAX)?;
                let fused = fused(conn, by_words, by_meaning)?;
                Ok(fused.into_iter().skip(offset).take(limit).collect())
            }
        }
    }

    fn in_order(&self, conn: &Connection, mut page: Page) -> Result<Vec<Listed>, Failure> {
        let mut sql = self.in_order_sql();
        if self.takes_all() {
            push_page(&mut sql, &mut page);
        }
        let mut statement = sql.prepare(conn)?;
        let mut rows = sql.query(&mut statement)?;
        let mut listed = Vec::new();
        while listed.len() < page.limit
            && let Some(row) = rows.next()?
        {
            if self.takes(row, 1)? && page.turn() {
                listed.push((row.get(0)?, None));
            }
        }
        Ok(listed)
    }

    /// Each item that the search looks at, in order.
    pub(super) fn in_order_sql(&self) -> Sql {
        let mut sql = Sql::new("SELECT i.id, ");
        sql.push(self.value_column()).push(" FROM store_items i");
        push_searched(&mut sql, self.search, self.now);
        sql.push(" ORDER BY i.path, i.key");
        sql
    }

    /// Whether the filter takes every item, so that no value needs to be read.
    pub(super) fn takes_all(&self) -> bool {
        self.search.filter.conditions.is_empty()
    }

    /// The column that [`Asked::takes`] reads.
    pub(super) fn value_column(&self) -> &'static str {
        if self.takes_all() { "NULL" } else { "i.value" }
    }

    /// Whether the filter takes the item of a row with its [`Asked::value_column`] there.
    pub(super) fn takes(&self, row: &Row<'_>, column: usize) -> Result<bool, Failure> {
        let value = row.get_ref(column)?.as_str_or_null();
        let value = value.map_err(rusqlite::Error::from)?;
        takes(self.search, value).map_err(Failure::Refused)
    }
}

/// Both lists as one, in which equals are in the order of paths and keys.
fn fused(
    conn: &Connection,
    by_words: Vec<Listed>,
    by_meaning: Vec<Listed>,
) -> Result<Vec<Listed>, Failure> {
    let ids: Vec<i64> = by_words
        .iter()
        .chain(&by_meaning)
        .map(|(id, _)| *id)
        .collect();
    let mut ordered = conn.prepare_cached(IN_ORDER)?;
    let ordered = ordered.query_map([numbers(&ids)], |row| row.get(0))?;
    let ordered: Vec<i64> = ordered.collect::<Result<_, _>>()?;
    let places = ordered.iter().enumerate().map(|(place, id)| (*id, place));
    let places: HashMap<i64, usize> = places.collect();
    let placed = |list: Vec<Listed>| {
        let list = list.into_iter();
        let placed = list.filter_map(|(id, score)| Some((*places.get(&id)?, score?)));
        placed.collect()
    };
    let fused = fuse([placed(by_words), placed(by_meaning)]).into_iter();
    Ok(fused
        .map(|(place, score)| (ordered[place], Some(score)))
        .collect())
}
