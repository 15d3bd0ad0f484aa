//! The checkpointer that users open.

use std::time::Duration;

use agentflow_core::checkpoint::{
    Capabilities, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery, Event,
    EventId, HistoryPage, Lease, LeaseClock, LeaseGrant, LeaseRequest, LogAppend, LogPage,
    LogPosition, LogSlice, Prune, RecordsRequest, Stored, Wake,
};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};
use async_trait::async_trait;

use super::commit::GO_ON;
use super::connections::Connections;
use super::error::BACKEND;
use super::options::PostgresOptions;
use super::schema;

/// Keeps checkpoints in a Postgres database, version 15 or newer.
///
/// Any number of workers on any number of machines may use one database. A superstep is
/// one round trip; what it costs beyond that is the server's wait for its disk, which
/// commits of the same moment share. Connections are set up for their session: a pooler
/// in between must give each of them a session of the server's own.
///
/// What was acknowledged survives what the server's own commits survive: with its default,
/// `synchronous_commit = on`, the kill of any process and a power cut; a failover as far
/// as the standby is a synchronous one. Where a database or a role has
/// `synchronous_commit = off`, a power cut takes back the newest commits.
///
/// A connection that breaks fails the calls under way with a
/// [`retryable`](CheckpointError::is_retryable) error, and the next call opens a new one.
///
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use agentflow_core::Namespace;
/// use agentflow_core::checkpoint::Checkpointer;
/// use agentflow_sql::PostgresCheckpointer;
///
/// let store = PostgresCheckpointer::connect(&std::env::var("DATABASE_URL")?).await?;
/// store.setup().await?;
/// let stored = store.load(&"pr-1734".into(), &Namespace::root(), None).await?;
/// assert!(stored.is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PostgresCheckpointer {
    pub(super) connections: Connections,
    pub(super) lease_clock: LeaseClock,
    /// Made once: it is what a superstep sends.
    pub(super) go_on_sql: String,
}

impl PostgresCheckpointer {
    /// Connects to the database of `url`, such as `postgres://USER:PASSWORD@HOST/DATABASE`.
    ///
    /// What the URL leaves out is taken from the environment, as by `psql` (`PGPASSWORD`,
    /// `~/.pgpass`, …). Creates nothing: call [`PostgresCheckpointer::setup`] once.
    ///
    /// # Errors
    /// With a [`PostgresError`](crate::PostgresError) as source: if nobody answers there, if the user, the
    /// password or the database is wrong, or if a newer build has migrated the tables.
    pub async fn connect(url: &str) -> Result<Self, CheckpointError> {
        Self::connect_with(url, PostgresOptions::default()).await
    }

    /// Connects with other options.
    ///
    /// # Errors
    /// As [`PostgresCheckpointer::connect`].
    pub async fn connect_with(
        url: &str,
        options: PostgresOptions,
    ) -> Result<Self, CheckpointError> {
        let connections = Connections::to(url, &options)?;
        let store = Self {
            go_on_sql: connections.place.sql(GO_ON),
            connections,
            lease_clock: options.lease_clock,
        };
        let checked = schema::check(&store.connections, &schema::CHECKPOINTS);
        store.connections.within(checked).await?;
        Ok(store)
    }

    /// Creates the schema and its tables, or migrates those of an older build. Several may
    /// call it at once, and call it again: what is up to date is left alone.
    ///
    /// The user needs the right to create a schema; the workers that use it afterwards
    /// need only `USAGE` on it and the rights on its tables.
    ///
    /// # Errors
    /// With a [`PostgresError`](crate::PostgresError) as source: if the user may not create tables, if others of
    /// the same names are there, or if a newer build has migrated them.
    pub async fn setup(&self) -> Result<(), CheckpointError> {
        let set_up = schema::set_up(&self.connections, &schema::CHECKPOINTS);
        Ok(self.connections.within(set_up).await?)
    }

    /// Closes the connections that no call uses. Dropping does the same less politely.
    pub async fn close(self) {
        self.connections.close().await;
    }

    /// A statement in which `SCHEMA` stands for the schema's name.
    pub(super) fn sql(&self, template: &str) -> String {
        self.connections.place.sql(template)
    }

    /// The time of whoever calls, unless the server's own clock counts.
    pub(super) fn lease_time(&self, now: Timestamp) -> Option<i64> {
        (self.lease_clock == LeaseClock::Caller).then_some(now.0)
    }
}

#[async_trait]
impl Checkpointer for PostgresCheckpointer {
    fn backend(&self) -> &'static str {
        BACKEND
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        self.commit_now(&request).await
    }

    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        self.save_records_now(&request).await
    }

    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        self.load_now(thread, namespace, id).await
    }

    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        self.history_page(&page).await
    }

    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        self.delete(thread).await
    }

    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        self.acquire(&request).await
    }

    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        self.renew(lease, now, ttl).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        self.release(lease).await
    }

    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        self.deliver_now(&delivery).await
    }

    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        self.waiting_events(thread).await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        self.due_threads(now, limit).await
    }

    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        self.snooze_now(thread, wake).await
    }

    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        self.copy(from, to).await
    }

    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        self.forget_old(thread, what).await
    }

    async fn append_log(&self, append: LogAppend) -> Result<LogPosition, CheckpointError> {
        self.append(&append).await
    }

    async fn read_log(&self, page: LogPage) -> Result<LogSlice, CheckpointError> {
        self.log_after(&page).await
    }
}
