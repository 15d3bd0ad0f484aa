//! What one search finds: the items of its page, in order, and their scores.

use agentflow_core::Timestamp;
use agentflow_core::store::{Matcher, Query, RANKS_MAX, Search, fuse};
use futures::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder, Row};

use super::clause::push_searched;
use super::nearest::nearest;
use super::read::{COLUMNS, ROWS_FIRST, ROWS_MAX, items, kept};
use super::store::PostgresStore;
use super::visit::Failure;
use super::words::{hits, words_sql};
use crate::items::{Kept, Others, Page, takes};

/// An item of the page, and its score.
pub(super) type Scored = (Kept, Option<f64>);

/// Where an item is: orders as items do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    path: Vec<u8>,
    key: Vec<u8>,
    pub(super) id: i64,
}

/// One search.
pub(super) struct Asked<'a> {
    pub(super) store: &'a PostgresStore,
    pub(super) search: &'a Search,
    pub(super) query: &'a Query,
    pub(super) matcher: &'a Matcher<'a>,
    pub(super) now: Timestamp,
}

impl Asked<'_> {
    pub(super) async fn page(&self, conn: &mut PgConnection) -> Result<Vec<Scored>, Failure> {
        let (offset, limit) = (self.search.offset, self.search.limit);
        let page = Page { offset, limit };
        match self.query {
            _ if limit == 0 => Ok(Vec::new()),
            Query::All => {
                let read = |row: &PgRow| Ok((kept(row)?, None));
                self.taken(conn, page, || self.in_order_sql(), read).await
            }
            Query::Words(words) => {
                let read = |row: &PgRow| Ok((kept(row)?, Some(words.share(hits(row)?))));
                let sql = || words_sql(self, words, COLUMNS);
                self.taken(conn, page, sql, read).await
            }
            Query::Meaning(_) => {
                let others = match self.search.min_similarity {
                    Some(_) => Others::LeftOut,
                    None => Others::Last,
                };
                let nearest = nearest(conn, self, others, page.end()).await?;
                self.items(conn, nearest.into_iter().skip(offset)).await
            }
            Query::Hybrid { words, .. } => {
                let ranks = Page {
                    offset: 0,
                    limit: RANKS_MAX,
                };
                let columns = self.spot_columns();
                let by_words = match words {
                    Some(words) => {
                        let read = |row: &PgRow| Ok((spot(row)?, words.share(hits(row)?)));
                        let sql = || words_sql(self, words, columns);
                        self.taken(conn, ranks, sql, read).await?
                    }
                    None => Vec::new(),
                };
                let by_meaning = nearest(conn, self, Others::LeftOut, RANKS_MAX).await?;
                let by_meaning = by_meaning.into_iter();
                let by_meaning = by_meaning.filter_map(|(spot, score)| Some((spot, score?)));
                let fused = fuse([by_words, by_meaning.collect()]).into_iter();
                let fused = fused.map(|(spot, score)| (spot, Some(score)));
                self.items(conn, fused.skip(offset).take(limit)).await
            }
        }
    }

    /// Those of a listing that are wanted. Where Rust has to look at the items, they come
    /// in parts.
    async fn taken<T>(
        &self,
        conn: &mut PgConnection,
        mut page: Page,
        sql: impl Fn() -> QueryBuilder<Postgres> + Send + Sync,
        read: impl Fn(&PgRow) -> Result<T, Failure> + Send + Sync,
    ) -> Result<Vec<T>, Failure>
    where
        T: Send,
    {
        let mut part = page;
        if self.takes_all() {
            page.offset = 0;
        } else {
            part.limit = page.end().clamp(ROWS_FIRST, ROWS_MAX);
            part.offset = 0;
        }
        let mut taken = Vec::new();
        loop {
            let mut sql = sql();
            let (offset, limit) = part.columns();
            sql.push(" LIMIT ").push_bind(limit);
            sql.push(" OFFSET ").push_bind(offset);
            let mut count = 0;
            let mut rows = sql.build().fetch(&mut *conn);
            while let Some(row) = rows.try_next().await? {
                count += 1;
                if taken.len() < page.limit && self.takes(&row)? && page.turn() {
                    taken.push(read(&row)?);
                }
            }
            drop(rows);
            if taken.len() == page.limit || count < part.limit {
                return Ok(taken);
            }
            part.offset += part.limit;
            part.limit = part.limit.saturating_mul(4).min(ROWS_MAX);
        }
    }

    async fn items(
        &self,
        conn: &mut PgConnection,
        listed: impl Iterator<Item = (Spot, Option<f64>)>,
    ) -> Result<Vec<Scored>, Failure> {
        let (ids, scores): (Vec<i64>, Vec<Option<f64>>) =
            listed.map(|(spot, score)| (spot.id, score)).unzip();
        let items = items(conn, self.store, &ids).await?;
        Ok(items.into_iter().zip(scores).collect())
    }

    /// Each item that the search looks at, in order.
    fn in_order_sql(&self) -> QueryBuilder<Postgres> {
        let sql = format!("SELECT {COLUMNS} FROM SCHEMA.store_items i");
        let mut sql = QueryBuilder::new(self.store.sql(&sql));
        push_searched(&mut sql, self);
        sql.push(" ORDER BY i.path, i.key");
        sql
    }

    /// Whether the filter takes every item, so that no value needs to be read.
    pub(super) fn takes_all(&self) -> bool {
        self.search.filter.conditions.is_empty()
    }

    /// The columns of [`spot`], and what [`Asked::takes`] looks at.
    pub(super) fn spot_columns(&self) -> &'static str {
        if self.takes_all() {
            "i.id, i.path, i.key, NULL::text"
        } else {
            "i.id, i.path, i.key, i.value"
        }
    }

    /// Whether the filter takes the item of a row.
    pub(super) fn takes(&self, row: &PgRow) -> Result<bool, Failure> {
        if self.takes_all() {
            return Ok(true);
        }
        takes(self.search, row.try_get(3)?).map_err(Failure::Refused)
    }
}

/// Where the item of a row is.
pub(super) fn spot(row: &PgRow) -> Result<Spot, Failure> {
    Ok(Spot {
        id: row.try_get(0)?,
        path: row.try_get(1)?,
        key: row.try_get(2)?,
    })
}
