//! One batch that searches or lists paths, or is too large for one call, at one moment.

use agentflow_core::Timestamp;
use agentflow_core::store::{
    Batch, Found, Get, Item, ListPaths, Query, Refresh, StoreError, StoreOp, StoreReply,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::names::Names;
use super::read;
use super::search::Asked;
use super::store::PostgresStore;
use crate::items::{Kept, Refreshed};
use crate::postgres::{Held, PostgresError, Statement};

/// Why a visit did not happen.
pub(super) enum Failure {
    /// The database failed.
    Failed(sqlx::Error),
    /// The call is refused, or what is stored cannot be read.
    Refused(StoreError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<PostgresError> for Failure {
    fn from(error: PostgresError) -> Self {
        Self::Refused(error.into())
    }
}

/// What it takes to see the state of one moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// All is read by one statement.
    Statement,
    Transaction,
}

impl Moment {
    /// Nothing for a batch that only names items.
    pub(super) fn of(batch: &Batch) -> Option<Self> {
        let mut ops = batch.ops().iter().enumerate();
        let is_named = |op: &StoreOp| !matches!(op, StoreOp::Search(_) | StoreOp::ListPaths(_));
        if ops.clone().all(|(_, op)| is_named(op)) {
            return None;
        }
        let is_one = batch.ops().len() == 1 && ops.all(|(place, op)| is_one_read(batch, place, op));
        Some(if is_one {
            Self::Statement
        } else {
            Self::Transaction
        })
    }
}

/// Whether one statement reads all that the operation needs.
fn is_one_read(batch: &Batch, place: usize, op: &StoreOp) -> bool {
    match op {
        StoreOp::Search(search) => {
            let is_plain = matches!(batch.query(place), Some(Query::All | Query::Words(_)));
            is_plain && search.filter.conditions.is_empty()
        }
        StoreOp::ListPaths(ListPaths {
            matching,
            max_depth,
            ..
        }) => matching.is_empty() && max_depth.is_none(),
        StoreOp::Get(_) | StoreOp::Put(_) | StoreOp::Delete(_) => false,
    }
}

/// The replies of a batch that finds nothing.
pub(super) fn no_replies(batch: &Batch) -> Vec<StoreReply> {
    let replies = batch.ops().iter().map(|op| match op {
        StoreOp::Get(_) => StoreReply::Item(None),
        StoreOp::Search(_) => StoreReply::Found(Vec::new()),
        StoreOp::ListPaths(_) => StoreReply::Paths(Vec::new()),
        StoreOp::Put(_) | StoreOp::Delete(_) => StoreReply::Done,
    });
    replies.collect()
}

impl PostgresStore {
    /// Does a batch that only reads, and then refreshes what was read.
    pub(super) async fn look(
        &self,
        batch: &Batch,
        moment: Moment,
    ) -> Result<Vec<StoreReply>, StoreError> {
        let looked = self.connections.within(async {
            let mut held = self.connections.hold().await?;
            let outcome = self.look_on(&mut held.conn, batch, moment).await;
            settle(held, outcome)
        });
        let (replies, refreshed) = looked.await??;
        if !refreshed.is_empty() {
            let sql = self.sql(REFRESH);
            self.connections
                .row(refresh_statement(&sql, &refreshed))
                .await?;
        }
        Ok(replies)
    }

    async fn look_on(
        &self,
        conn: &mut PgConnection,
        batch: &Batch,
        moment: Moment,
    ) -> Result<(Vec<StoreReply>, Vec<Refreshed>), Failure> {
        let mut visit = Visit::new(self, batch);
        let replies = match moment {
            Moment::Statement => visit.read(conn).await?,
            Moment::Transaction => {
                let mut tx = conn
                    .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await?;
                let replies = visit.read(&mut tx).await?;
                tx.commit().await?;
                replies
            }
        };
        Ok((replies, visit.refreshed))
    }

    /// Does a batch that writes, while nobody else does: whatever a search finds may be
    /// refreshed, and a lock must not be taken after others of a higher number.
    pub(super) async fn turn(
        &self,
        batch: &Batch,
        calls: &[Names<'_>],
    ) -> Result<Vec<StoreReply>, StoreError> {
        let done = self.connections.within(async {
            let mut held = self.connections.hold().await?;
            let outcome = self.turn_on(&mut held.conn, batch, calls).await;
            settle(held, outcome)
        });
        done.await?
    }

    async fn turn_on(
        &self,
        conn: &mut PgConnection,
        batch: &Batch,
        calls: &[Names<'_>],
    ) -> Result<Vec<StoreReply>, Failure> {
        let mut tx = conn.begin().await?;
        let lock = self.sql("SELECT SCHEMA.store_lock(NULL, NULL)");
        sqlx::query(AssertSqlSafe(lock)).execute(&mut *tx).await?;
        // Now that it is its turn: of two batches the later has the later time.
        let mut visit = Visit::new(self, batch);
        let mut replies = visit.found(&mut tx).await?;
        if !visit.refreshed.is_empty() {
            let sql = self.sql(REFRESH);
            refresh_statement(&sql, &visit.refreshed)
                .execute(&mut *tx)
                .await?;
        }
        for names in calls {
            let statement = names.statement(self.visit_sql(), visit.now);
            let rows = statement.fetch_all(&mut *tx).await?;
            if let Some(fitting) = names.answer(&rows, batch, &mut replies)? {
                return Err(Failure::Refused(self.other_index(fitting, names.dims())));
            }
        }
        tx.commit().await?;
        Ok(replies)
    }

    pub(super) fn told(&self, failure: Failure) -> StoreError {
        match failure {
            Failure::Failed(error) => self.connections.error(error).into(),
            Failure::Refused(error) => error,
        }
    }
}

const REFRESH: &str = "SELECT SCHEMA.store_refresh($1, $2, $3)";

fn refresh_statement<'q>(sql: &'q str, refreshed: &[Refreshed]) -> Statement<'q> {
    let column = |of: fn(&Refreshed) -> i64| refreshed.iter().map(of).collect::<Vec<i64>>();
    sqlx::query(AssertSqlSafe(sql))
        .bind(column(|one| one.item))
        .bind(column(|one| one.lifetime))
        .bind(column(|one| one.until))
}

/// Gives the connection back, unless it may be inside a transaction.
fn settle<T>(
    held: Held<'_>,
    outcome: Result<T, Failure>,
) -> Result<Result<T, StoreError>, PostgresError> {
    match outcome {
        Ok(done) => held.give_back(Ok(Ok(done))),
        Err(Failure::Failed(error)) => held.give_back(Err(error)),
        // The connection is closed, and with it the transaction.
        Err(Failure::Refused(error)) => Ok(Err(error)),
    }
}

/// The reads of a batch.
struct Visit<'a> {
    store: &'a PostgresStore,
    batch: &'a Batch,
    now: Timestamp,
    /// What is to be written because it was read.
    refreshed: Vec<Refreshed>,
}

impl<'a> Visit<'a> {
    fn new(store: &'a PostgresStore, batch: &'a Batch) -> Self {
        Self {
            store,
            batch,
            now: store.options.clock.now(),
            refreshed: Vec::new(),
        }
    }

    /// The replies to all reads.
    async fn read(&mut self, conn: &mut PgConnection) -> Result<Vec<StoreReply>, Failure> {
        let mut replies = self.found(conn).await?;
        let (mut places, mut gets): (Vec<usize>, Vec<&Get>) = (Vec::new(), Vec::new());
        for (place, op) in self.batch.ops().iter().enumerate() {
            if let StoreOp::Get(get) = op {
                places.push(place);
                gets.push(get);
            }
        }
        if !gets.is_empty() {
            let named = read::named(conn, self.store, &gets, self.now).await?;
            for (asked, kept) in named {
                let item = self.seen(kept, gets[asked].refresh);
                replies[places[asked]] = StoreReply::Item(Some(item));
            }
        }
        Ok(replies)
    }

    /// The replies to searches and listings of paths.
    async fn found(&mut self, conn: &mut PgConnection) -> Result<Vec<StoreReply>, Failure> {
        let mut replies = no_replies(self.batch);
        for (place, op) in self.batch.ops().iter().enumerate() {
            match op {
                StoreOp::Search(_) => {
                    replies[place] = StoreReply::Found(self.search(conn, place).await?);
                }
                StoreOp::ListPaths(list) => {
                    let paths = read::paths(conn, self.store, list, self.now).await?;
                    replies[place] = StoreReply::Paths(paths);
                }
                StoreOp::Get(_) | StoreOp::Put(_) | StoreOp::Delete(_) => {}
            }
        }
        Ok(replies)
    }

    async fn search(
        &mut self,
        conn: &mut PgConnection,
        place: usize,
    ) -> Result<Vec<Found>, Failure> {
        let (Some(matcher), Some(query), StoreOp::Search(search)) = (
            self.batch.matcher(place),
            self.batch.query(place),
            &self.batch.ops()[place],
        ) else {
            unreachable!("the batch has a search in this place");
        };
        let asked = Asked {
            store: self.store,
            search,
            query,
            matcher: &matcher,
            now: self.now,
        };
        let mut page = asked.page(conn).await?;
        page.truncate(search.fitting(page.iter().map(|(kept, _)| &kept.item.value)));
        let found = page.into_iter().map(|(kept, score)| Found {
            item: self.seen(kept, search.refresh),
            score,
        });
        Ok(found.collect())
    }

    fn seen(&mut self, kept: Kept, refresh: Refresh) -> Item {
        let (item, refreshed) = kept.seen(&self.store.options.ttl, refresh, self.now);
        self.refreshed.extend(refreshed);
        item
    }
}
