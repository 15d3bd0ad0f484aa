//! The store that users connect. It does a batch as often as it takes for nobody to write in
//! its midst.

use agentflow_core::store::{Batch, Store, StoreError, StoreOp, StoreOptions, StoreReply};
use async_trait::async_trait;

use super::memory::Memory;
use super::visit::Visit;
use crate::connect;
use crate::error::{BACKEND, RedisError};
use crate::keys::Keys;
use crate::number::moment;
use crate::options::RedisOptions;
use crate::script::SWEEP;
use crate::server::Server;

/// Times that a batch is begun anew because somebody wrote while it searched.
const TURNS_MAX: usize = 16;

/// Items that are swept by one call: others wait no longer than that takes.
const SWEEP_MAX: u64 = 1_000;

/// Keeps long-term memory in Redis 7, on one server or a Cluster, without any module.
///
/// For memories that are small or read by key: one server's memory holds all of it, and a
/// search reads, over the network, every item under its paths. Where thousands of items are
/// searched at once, a store in SQLite or Postgres is the better one.
///
/// # What lies where
///
/// All items under one prefix are one memory. A batch on it is atomic, so a Cluster keeps all
/// of it in one slot, and thus on one node: a memory that must spread over a Cluster is
/// several stores with a prefix each, and no batch writes to two of them. A prefix may be that
/// of a [`RedisCheckpointer`](crate::RedisCheckpointer) too. Each prefix has one embedder:
/// vectors of another length are refused for as long as there are some.
///
/// # What it costs
///
/// | what | round trips | work on the server |
/// |---|---|---|
/// | puts, deletes and reads by key, one or a thousand in a batch | 1 | a few lookups for each |
/// | reads by key, one of which begins a time to live anew | 2, or 1 in a batch that writes | the same |
/// | a search without a query | 1 for each 500 items or 1 MiB up to the end of its page | what is read; what is skipped is only counted, unless there is a filter |
/// | a search by words or by meaning | 1 for each 500 items or 1 MiB under its paths | all under its paths is read, each time |
/// | a list of paths | 1 for each 500 paths | a lookup for each path |
/// | a sweep | 1 for each 1,000 items that have expired | nothing for those that have not |
///
/// # What happens at the same time
///
/// What a batch writes, and what it reads by key, is done at one moment, wholly or not at all.
/// A search sees one moment if what it reads fits into one page, as above. A longer one sees
/// each page as it is when its turn comes: every item at most once, whole, and surely if
/// nobody writes it meanwhile, but of a batch that is done meanwhile perhaps only a part. The
/// searches and lists of a batch that also writes see all at the moment at which it writes: it
/// begins anew if somebody else wrote in between, and fails with
/// [`RedisError::MemoryMoving`] after so many times in a row. Put what only reads into a batch of
/// its own.
///
/// A batch whose answer was lost with the connection is sent once more and still done once: it
/// leaves a token, and the last 10,000 are kept. What remains in doubt is
/// [`StoreError::Unavailable`]: a batch that writes and also reads by key, when the lost answer
/// had what it read; and one since which so many others wrote that its token may be forgotten.
///
/// Items expire by the clock in the [`StoreOptions`] and never by that of Redis. What survives
/// a crash, a power cut or a failover is the same as of checkpoints: see
/// [`RedisCheckpointer`](crate::RedisCheckpointer). A server whose memory is full refuses
/// whatever puts, and still reads, deletes and sweeps.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use agentflow_core::store::{Search, StoreExt, StoreOptions, StorePath};
/// use agentflow_redis::RedisStore;
/// use serde_json::json;
///
/// let store = RedisStore::connect("redis://127.0.0.1:6379", StoreOptions::default()).await?;
/// let anna = StorePath::new(["users", "anna"])?;
/// store.put(&anna, "tea", json!({ "text": "likes green tea" })).await?;
/// let found = store.search(Search::under(&anna).query("Tea?")).await?;
/// assert_eq!(found[0].item.value["text"], "likes green tea");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RedisStore {
    memory: Memory,
    options: StoreOptions,
}

impl RedisStore {
    /// Connects to one server: `redis://[user:password@]host:port[/db]`, `rediss://` for TLS.
    ///
    /// # Errors
    /// With a [`RedisError`] as source: if the address does not parse, nobody answers there,
    /// user or password are wrong, the server is a replica or part of a Cluster or older than
    /// 7.0, a newer build has written under the prefix, or there are vectors of another length
    /// than the index of `options` has.
    pub async fn connect(url: impl AsRef<str>, options: StoreOptions) -> Result<Self, StoreError> {
        Self::connect_with(url, options, RedisOptions::default()).await
    }

    /// Connects to one server with other options for Redis.
    ///
    /// # Errors
    /// As [`RedisStore::connect`], and if the prefix cannot begin keys.
    pub async fn connect_with(
        url: impl AsRef<str>,
        options: StoreOptions,
        redis: RedisOptions,
    ) -> Result<Self, StoreError> {
        let keys = Keys::new(&redis.prefix)?;
        let server = connect::one(url.as_ref(), &redis).await?;
        Self::on(server, &keys, options, &redis).await
    }

    /// Connects to a Cluster through some of its nodes, one of which must answer.
    ///
    /// # Errors
    /// As [`RedisStore::connect`], and if the server is no part of a Cluster.
    pub async fn connect_cluster<U: AsRef<str>>(
        nodes: impl IntoIterator<Item = U>,
        options: StoreOptions,
    ) -> Result<Self, StoreError> {
        Self::connect_cluster_with(nodes, options, RedisOptions::default()).await
    }

    /// Connects to a Cluster with other options for Redis.
    ///
    /// # Errors
    /// As [`RedisStore::connect_cluster`], and if the prefix cannot begin keys.
    pub async fn connect_cluster_with<U: AsRef<str>>(
        nodes: impl IntoIterator<Item = U>,
        options: StoreOptions,
        redis: RedisOptions,
    ) -> Result<Self, StoreError> {
        let nodes: Vec<U> = nodes.into_iter().collect();
        let keys = Keys::new(&redis.prefix)?;
        let server = connect::cluster(&nodes, &redis).await?;
        Self::on(server, &keys, options, &redis).await
    }

    async fn on(
        server: Server,
        keys: &Keys,
        options: StoreOptions,
        redis: &RedisOptions,
    ) -> Result<Self, StoreError> {
        let dims = options.index.as_ref().map(|index| index.dims);
        let memory = Memory::open(server, keys, redis, dims).await?;
        connect::warn_of_loss(&memory.server, false).await;
        Ok(Self { memory, options })
    }
}

#[async_trait]
impl Store for RedisStore {
    fn backend(&self) -> &'static str {
        BACKEND
    }

    async fn batch(&self, ops: Vec<StoreOp>) -> Result<Vec<StoreReply>, StoreError> {
        let batch = Batch::prepare(ops, &self.options).await?;
        for _ in 0..TURNS_MAX {
            let visit = Visit::new(&self.memory, &batch, &self.options);
            if let Ok(replies) = visit.act().await? {
                return Ok(replies);
            }
        }
        let prefix = self.memory.prefix.clone();
        Err(RedisError::MemoryMoving { prefix }.into())
    }

    async fn sweep(&self) -> Result<u64, StoreError> {
        let mut swept = 0;
        loop {
            let now = moment(self.options.clock.now());
            let call = self.memory.on(&SWEEP).with(now).with(SWEEP_MAX.to_string());
            // A second time it would not count what the first has swept.
            let mut answer = self.memory.server.run(&call.at_most_once()).await?;
            let count = answer.number()?;
            swept += count;
            if count < SWEEP_MAX {
                return Ok(swept);
            }
        }
    }
}
