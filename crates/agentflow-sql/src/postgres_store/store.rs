//! The store that users open.

use std::sync::OnceLock;

use agentflow_core::store::{Batch, Store, StoreError, StoreOp, StoreOptions, StoreReply};
use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Row};

use super::names::{Names, VISIT};
use super::pgvector::PgVector;
use super::visit::Moment;
use crate::postgres::{
    BACKEND, Connections, Migration, PostgresError, PostgresOptions, Tables, Vectors, check, set_up,
};

/// The tables of the store, which have a version of their own.
const ITEMS: Tables = Tables {
    migrations: &[Migration {
        sql: include_str!("../../migrations/postgres_store/0001_items.sql"),
        usable_from: 1,
    }],
    version_table: "store_schema",
};

/// Items that are swept in one transaction: whoever puts one of them anew waits no longer
/// than that takes.
const SWEEP_MAX: i64 = 1_000;

/// Keeps long-term memory in a Postgres database, version 15 or newer, whose encoding is
/// UTF-8: in the schema of a [`PostgresCheckpointer`](crate::PostgresCheckpointer), or in
/// another.
///
/// Any number of workers on any number of machines may use one database. Items that are
/// read, put and deleted by their names take one round trip, however many there are in a
/// batch; so does a search in order or by words without a filter. All others see one
/// moment in a transaction of a few. A batch dates what it writes by the clock of the
/// worker that sends it, so that of two that wait for each other the later may be dated
/// earlier, by as much as they waited.
///
/// Words are found by an index of the words of each item. It is not Postgres's full text
/// search, which takes addresses and hyphenated words apart in its own way and ranks by how
/// often a word occurs: here a word is what it is in every other store, and an item is as
/// good as the share of the query's words that it has.
///
/// Vectors are compared one by one, exactly, with all items of the search's paths: narrow
/// paths are fast ones. Where the database has pgvector, it does that, and only the nearest
/// come over the network; [`Vectors`](crate::Vectors) says who does. All vectors of a
/// schema have the same length, which is that of the first.
///
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use agentflow_core::store::{Search, StoreExt, StoreOptions, StorePath};
/// use agentflow_sql::PostgresStore;
/// use serde_json::json;
///
/// let url = std::env::var("DATABASE_URL")?;
/// let store = PostgresStore::connect(&url, StoreOptions::default()).await?;
/// store.setup().await?;
/// let anna = StorePath::new(["users", "anna"])?;
/// store.put(&anna, "tea", json!({ "text": "likes green tea" })).await?;
/// let found = store.search(Search::under(&anna).query("Tea?")).await?;
/// assert_eq!(found[0].item.value["text"], "likes green tea");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PostgresStore {
    pub(super) connections: Connections,
    pub(super) options: StoreOptions,
    vectors: Vectors,
    /// Set where it is there and wanted.
    pgvector: OnceLock<PgVector>,
    /// Made once: it is what most batches send.
    visit_sql: String,
}

impl PostgresStore {
    /// Connects to the database of `url`, such as `postgres://USER:PASSWORD@HOST/DATABASE`.
    ///
    /// What the URL leaves out is taken from the environment, as by `psql` (`PGPASSWORD`,
    /// `~/.pgpass`, …). Creates nothing: call [`PostgresStore::setup`] once.
    ///
    /// # Errors
    /// With a [`PostgresError`] as source: if nobody answers there, if the user, the
    /// password or the database is wrong, if a newer build has migrated the tables, or if
    /// they have vectors of another length than the index of `options`.
    pub async fn connect(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        Self::connect_with(url, options, PostgresOptions::default()).await
    }

    /// Connects with other options for the database.
    ///
    /// # Errors
    /// As [`PostgresStore::connect`].
    pub async fn connect_with(
        url: &str,
        options: StoreOptions,
        database: PostgresOptions,
    ) -> Result<Self, StoreError> {
        let connections = Connections::to(url, &database)?;
        let store = Self {
            visit_sql: connections.place.sql(VISIT),
            connections,
            options,
            vectors: database.vectors,
            pgvector: OnceLock::new(),
        };
        let checked = check(&store.connections, &ITEMS);
        store.connections.within(checked).await?;
        store.check_index().await?;
        store.find_pgvector().await?;
        Ok(store)
    }

    /// Creates the schema and its tables, or migrates those of an older build. Several may
    /// call it at once, and call it again: what is up to date is left alone. With
    /// [`Vectors::PgVector`] it creates the extension `vector` too, and with
    /// [`Vectors::Hnsw`] the index; that takes as long as it takes.
    ///
    /// The user needs the right to create a schema; the workers that use it afterwards
    /// need only `USAGE` on it, and `SELECT`, `INSERT`, `UPDATE` and `DELETE` on its tables.
    ///
    /// # Errors
    /// With a [`PostgresError`] as source: if the user may not create tables, if others of
    /// the same names are there, if a newer build has migrated them, or if pgvector is
    /// asked for and the server does not have it.
    pub async fn setup(&self) -> Result<(), StoreError> {
        if self.vectors.needs_extension() && self.pgvector.get().is_none() {
            PgVector::create(&self.connections).await?;
        }
        let set_up = set_up(&self.connections, &ITEMS);
        self.connections.within(set_up).await?;
        self.find_pgvector().await?;
        if let (Some(pgvector), Some(index)) = (self.hnsw()?, &self.options.index) {
            pgvector.create_index(&self.connections, index.dims).await?;
        }
        Ok(())
    }

    /// Closes the connections that no call uses. Dropping does the same less politely.
    pub async fn close(self) {
        self.connections.close().await;
    }

    /// A statement in which `SCHEMA` stands for the schema's name.
    pub(super) fn sql(&self, template: &str) -> String {
        self.connections.place.sql(template)
    }

    /// What compares vectors in the database; nothing if this process does.
    pub(super) fn pgvector(&self) -> Result<Option<&PgVector>, PostgresError> {
        match self.pgvector.get() {
            None if self.vectors.needs_extension() => Err(PostgresError::NoPgVector {
                server: self.connections.place.server.clone(),
                source: None,
            }),
            found => Ok(found),
        }
    }

    /// The same, if its index is asked for.
    pub(super) fn hnsw(&self) -> Result<Option<&PgVector>, PostgresError> {
        match self.vectors {
            Vectors::Hnsw if self.options.index.is_some() => self.pgvector(),
            _ => Ok(None),
        }
    }

    async fn find_pgvector(&self) -> Result<(), StoreError> {
        let is_wanted = self.vectors != Vectors::Exact && self.options.index.is_some();
        if is_wanted
            && self.pgvector.get().is_none()
            && let Some(found) = PgVector::find(&self.connections).await?
        {
            // Whoever was first has found the same.
            let _ = self.pgvector.set(found);
        }
        Ok(())
    }

    /// Refuses an index whose vectors cannot be compared with those that are there. Where
    /// there are no tables yet, there are no vectors.
    async fn check_index(&self) -> Result<(), StoreError> {
        let Some(index) = &self.options.index else {
            return Ok(());
        };
        let sql = self.sql(super::nearest::OTHER_DIMS);
        let statement = sqlx::query(AssertSqlSafe(sql)).bind(super::names::number(index.dims));
        let rows = match self.connections.rows(statement).await {
            Err(PostgresError::NotSetUp { .. }) => return Ok(()),
            rows => rows?,
        };
        match rows.first() {
            Some(row) => Err(self.other_index(self.get(row)?, index.dims)),
            None => Ok(()),
        }
    }

    /// The vectors that are there have `found` numbers, those of the index `wanted`.
    pub(super) fn other_index(&self, found: i64, wanted: usize) -> StoreError {
        let place = &self.connections.place;
        let error = PostgresError::OtherIndex {
            server: place.server.clone(),
            schema: place.schema.clone(),
            found: crate::limits::number(found),
            wanted: wanted as u64,
        };
        error.into()
    }

    fn get(&self, row: &sqlx::postgres::PgRow) -> Result<i64, PostgresError> {
        row.try_get(0)
            .map_err(|error| self.connections.error(error))
    }

    /// Does a batch that only names items in one call.
    async fn by_names(
        &self,
        batch: &Batch,
        names: &Names<'_>,
    ) -> Result<Vec<StoreReply>, StoreError> {
        let now = self.options.clock.now();
        let statement = names.statement(&self.visit_sql, now);
        let rows = self.connections.rows(statement).await?;
        let mut replies = super::visit::no_replies(batch);
        let answered = names.answer(&rows, batch, &mut replies);
        match answered.map_err(|failure| self.told(failure))? {
            Some(fitting) => Err(self.other_index(fitting, names.dims())),
            None => Ok(replies),
        }
    }

    /// The statement of [`VISIT`].
    pub(super) fn visit_sql(&self) -> &str {
        &self.visit_sql
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn backend(&self) -> &'static str {
        BACKEND
    }

    async fn batch(&self, ops: Vec<StoreOp>) -> Result<Vec<StoreReply>, StoreError> {
        let batch = Batch::prepare(ops, &self.options).await?;
        let calls = Names::of(&batch, &self.options);
        match (Moment::of(&batch), calls.as_slice()) {
            (None, []) => Ok(Vec::new()),
            (None, [names]) => self.by_names(&batch, names).await,
            (moment, _) if batch.writes().next().is_none() => {
                let moment = moment.unwrap_or(Moment::Transaction);
                self.look(&batch, moment).await
            }
            _ => self.turn(&batch, &calls).await,
        }
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        let sql = self.sql("SELECT SCHEMA.store_sweep($1, $2)");
        let mut swept = 0;
        loop {
            let statement = sqlx::query(AssertSqlSafe(sql.as_str()))
                .bind(self.options.clock.now().0)
                .bind(SWEEP_MAX);
            let row = self.connections.row(statement).await?;
            let count = self.get(&row)?;
            swept += crate::limits::number(count);
            if count < SWEEP_MAX {
                return Ok(swept);
            }
        }
    }
}
