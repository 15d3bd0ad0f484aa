//! The checkpointer that users connect. It hands each call to the file that does it.

use std::time::Duration;

use agentflow_core::checkpoint::{
    Capabilities, Checkpoint, CheckpointError, Checkpointer, CommitRequest, Delivery, Event,
    EventId, HistoryPage, Lease, LeaseGrant, LeaseRequest, LogAppend, LogPage, LogPosition,
    LogSlice, Prune, RecordsRequest, Stored, Wake,
};
use agentflow_core::{CheckpointId, Namespace, ThreadId, Timestamp};
use async_trait::async_trait;

use crate::connect;
use crate::error::BACKEND;
use crate::keys::Keys;
use crate::options::RedisOptions;
use crate::script::DELETE;
use crate::server::Server;
use crate::store::Store;

/// Keeps checkpoints in Redis 7, on one server or a Cluster.
///
/// Any number of processes may use one prefix at once. One connection, or one for each node
/// of a Cluster, carries all calls and is made again when it breaks. A call whose answer was
/// lost with the connection is sent once more where that cannot happen twice: a commit or a
/// lease is known by a name of its own, and a delivery by its key. What is still in doubt is
/// [`CheckpointError::Unavailable`]; whoever loads the thread then sees what happened.
///
/// # What survives what
///
/// Redis acknowledges a write when it is in its memory. What else it does before is the
/// server's `appendonly` and `appendfsync`, not this crate's:
///
/// | what was acknowledged, after | `appendonly no` | `everysec` | `always` |
/// |---|---|---|---|
/// | a crash or kill of a worker | is there | is there | is there |
/// | a kill of the server | is gone since the last snapshot | is there | is there |
/// | a power cut | is gone since the last snapshot | the last second or two may be gone | is there |
/// | a failover to a replica | what the replica had not got is gone | the same | the same |
///
/// A replica gets writes after they were acknowledged, also in a Cluster, whatever is
/// written to disks: a failover may take back the newest supersteps, and a run then does
/// them again, **effects under `once` included**. `WAIT` would narrow that window and not
/// close it, so it is not offered. What is lost is lost for each thread from some moment on:
/// a superstep is there wholly or not at all, and epochs do not go back, since they begin at
/// the server's clock, as far as the clocks of servers agree. In a Cluster a failover of the
/// one part that holds the index of wake-ups can also lose a wake-up whose thread lost
/// nothing: that thread sleeps until it is run, snoozed or told something.
/// [`RedisCheckpointer::connect`] warns if the server keeps no log.
///
/// Memory must not be taken from threads: set `maxmemory-policy noeviction`, the default. A
/// server whose memory is full refuses what would need more and changes nothing; deleting,
/// pruning and keeping a lease still work.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use agentflow_core::Namespace;
/// use agentflow_core::checkpoint::Checkpointer;
/// use agentflow_redis::RedisCheckpointer;
///
/// let store = RedisCheckpointer::connect("redis://127.0.0.1:6379").await?;
/// let stored = store.load(&"pr-1734".into(), &Namespace::root(), None).await?;
/// assert!(stored.is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RedisCheckpointer {
    store: Store,
}

impl RedisCheckpointer {
    /// Connects to one server: `redis://[user:password@]host:port[/db]`, `rediss://` for TLS.
    ///
    /// # Errors
    /// With a [`RedisError`](crate::RedisError) as source: if the address does not parse,
    /// nobody answers there, user or password are wrong, the server is a replica or part of
    /// a Cluster or older than 7.0, or a newer build has written under the prefix.
    pub async fn connect(url: impl AsRef<str>) -> Result<Self, CheckpointError> {
        Self::connect_with(url, RedisOptions::default()).await
    }

    /// Connects to one server with other options.
    ///
    /// # Errors
    /// As [`RedisCheckpointer::connect`], and if the prefix cannot begin keys.
    pub async fn connect_with(
        url: impl AsRef<str>,
        options: RedisOptions,
    ) -> Result<Self, CheckpointError> {
        let keys = Keys::new(&options.prefix)?;
        let server = connect::one(url.as_ref(), &options).await?;
        Self::on(server, keys, &options).await
    }

    /// Connects to a Cluster through some of its nodes, one of which must answer.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use agentflow_redis::RedisCheckpointer;
    ///
    /// let nodes = ["redis://10.0.0.1:6379", "redis://10.0.0.2:6379"];
    /// let store = RedisCheckpointer::connect_cluster(nodes).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`RedisCheckpointer::connect`], and if the server is no part of a Cluster.
    pub async fn connect_cluster<U: AsRef<str>>(
        nodes: impl IntoIterator<Item = U>,
    ) -> Result<Self, CheckpointError> {
        Self::connect_cluster_with(nodes, RedisOptions::default()).await
    }

    /// Connects to a Cluster with other options.
    ///
    /// # Errors
    /// As [`RedisCheckpointer::connect_cluster`], and if the prefix cannot begin keys.
    pub async fn connect_cluster_with<U: AsRef<str>>(
        nodes: impl IntoIterator<Item = U>,
        options: RedisOptions,
    ) -> Result<Self, CheckpointError> {
        let nodes: Vec<U> = nodes.into_iter().collect();
        let keys = Keys::new(&options.prefix)?;
        let server = connect::cluster(&nodes, &options).await?;
        Self::on(server, keys, &options).await
    }

    async fn on(
        server: Server,
        keys: Keys,
        options: &RedisOptions,
    ) -> Result<Self, CheckpointError> {
        connect::inspect(&server, &keys, options).await?;
        let store = Store::new(server, keys, options);
        Ok(Self { store })
    }
}

#[async_trait]
impl Checkpointer for RedisCheckpointer {
    fn backend(&self) -> &'static str {
        BACKEND
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    async fn commit(&self, request: CommitRequest) -> Result<(), CheckpointError> {
        self.store.commit(&request).await
    }

    async fn save_records(&self, request: RecordsRequest) -> Result<(), CheckpointError> {
        self.store.save_records(&request).await
    }

    async fn load(
        &self,
        thread: &ThreadId,
        namespace: &Namespace,
        id: Option<CheckpointId>,
    ) -> Result<Option<Stored>, CheckpointError> {
        self.store.load(thread, namespace, id).await
    }

    async fn history(&self, page: HistoryPage) -> Result<Vec<Checkpoint>, CheckpointError> {
        self.store.history(&page).await
    }

    async fn delete_thread(&self, thread: &ThreadId) -> Result<(), CheckpointError> {
        let token = self.store.token();
        let call = self.store.writes(&DELETE, thread).with(token);
        self.store.server.run(&call).await?;
        Ok(())
    }

    async fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseGrant, CheckpointError> {
        self.store.acquire(request).await
    }

    async fn renew_lease(
        &self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), CheckpointError> {
        self.store.renew(lease, now, ttl).await
    }

    async fn release_lease(&self, lease: &Lease) -> Result<(), CheckpointError> {
        self.store.release(lease).await
    }

    async fn deliver(&self, delivery: Delivery) -> Result<EventId, CheckpointError> {
        self.store.deliver(&delivery).await
    }

    async fn events(&self, thread: &ThreadId) -> Result<Vec<Event>, CheckpointError> {
        self.store.events(thread).await
    }

    async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<ThreadId>, CheckpointError> {
        self.store.due(now, limit).await
    }

    async fn snooze(&self, thread: &ThreadId, wake: Wake) -> Result<(), CheckpointError> {
        self.store.snooze(thread, wake).await
    }

    async fn copy_thread(&self, from: &ThreadId, to: &ThreadId) -> Result<(), CheckpointError> {
        self.store.copy_thread(from, to).await
    }

    async fn prune(&self, thread: &ThreadId, what: Prune) -> Result<u64, CheckpointError> {
        self.store.prune(thread, what).await
    }

    async fn append_log(&self, append: LogAppend) -> Result<LogPosition, CheckpointError> {
        self.store.append_log(&append).await
    }

    async fn read_log(&self, page: LogPage) -> Result<LogSlice, CheckpointError> {
        self.store.read_log(&page).await
    }
}
