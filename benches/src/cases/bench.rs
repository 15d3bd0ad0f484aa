//! What all cases share: the store, the clock, the sums.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use agentflow_core::checkpoint::{Checkpointer, MemoryCheckpointer};
use agentflow_core::{CompiledGraph, Outcome, RunOptions, State, StateGraph};
use agentflow_redis::RedisCheckpointer;
use agentflow_sql::{PostgresCheckpointer, SqliteCheckpointer, SqliteOptions, Synchronous};
use serde_json::{Map, Value};

use crate::args::{Args, Backend};
use crate::counted::{Counted, Counts};
use crate::latency::Latencies;
use crate::limit::Limit;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What the environment says about a store.
fn named(variable: &str) -> Result<String, Wrong> {
    std::env::var(variable).map_err(|_| Wrong(format!("{variable} is not set")))
}

async fn open_postgres() -> Result<PostgresCheckpointer, Failure> {
    let store = PostgresCheckpointer::connect(&named("BENCH_PG_DSN")?).await?;
    store.setup().await?;
    Ok(store)
}

/// A result that is not what the case asks for.
#[derive(Debug)]
pub(crate) struct Wrong(pub(crate) String);

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the result is wrong: {}", self.0)
    }
}

impl std::error::Error for Wrong {}

/// A case that is being measured.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) backend: Backend,
    options: RunOptions,
    sqlite_sync: Synchronous,
    counts: Option<Arc<Counts>>,
    began: Option<Instant>,
    before: (u64, u64),
}

/// What was measured.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) k: u64,
    pub(crate) wall: Duration,
    pub(crate) supersteps: u64,
    pub(crate) tasks: u64,
    pub(crate) checkpoints: u64,
    pub(crate) bytes: u64,
    pub(crate) latencies: Option<Latencies>,
    /// The case's own fields.
    pub(crate) extra: Map<String, Value>,
}

impl Measured {
    /// The same with a field of the case's own.
    pub(crate) fn noted(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }
}

/// The state of a run that came to its end.
pub(crate) fn done<S>(outcome: Outcome<S>) -> Result<S, Wrong> {
    let paused = || Wrong("the run is paused".to_owned());
    outcome.into_done().ok_or_else(paused)
}

impl Bench {
    pub(crate) fn new(args: &Args) -> Self {
        let step_limit = u64::MAX;
        let options = RunOptions {
            durability: args.durability,
            step_limit,
            ..RunOptions::default()
        };
        let (backend, sqlite_sync) = (args.backend, args.sqlite_sync);
        Self {
            backend,
            options,
            sqlite_sync,
            counts: None,
            began: None,
            before: (0, 0),
        }
    }

    /// The graph on the store that was asked for.
    pub(crate) async fn compile<S: State>(
        &mut self,
        graph: StateGraph<S>,
    ) -> Result<CompiledGraph<S>, Failure> {
        let graph = graph.compile()?.with_options(self.options);
        match self.backend {
            Backend::None => Ok(graph),
            Backend::Memory => Ok(self.counting(graph, MemoryCheckpointer::new())),
            Backend::Sqlite | Backend::Postgres | Backend::Redis => self.reopen(graph).await,
        }
    }

    /// The graph on a store that is opened anew, where there is one to open.
    pub(crate) async fn reopen<S: State>(
        &mut self,
        graph: CompiledGraph<S>,
    ) -> Result<CompiledGraph<S>, Failure> {
        Ok(match self.backend {
            Backend::None | Backend::Memory => graph,
            Backend::Sqlite => {
                let store = self.open_sqlite().await?;
                self.counting(graph, store)
            }
            Backend::Postgres => {
                let store = open_postgres().await?;
                self.counting(graph, store)
            }
            Backend::Redis => {
                let address = named("BENCH_REDIS_URL")?;
                let store = RedisCheckpointer::connect(&address).await?;
                self.counting(graph, store)
            }
        })
    }

    fn counting<S: State>(
        &mut self,
        graph: CompiledGraph<S>,
        store: impl Checkpointer + 'static,
    ) -> CompiledGraph<S> {
        let (store, counts) = Counted::new(store);
        self.counts = Some(counts);
        graph.with_checkpointer(store)
    }

    async fn open_sqlite(&self) -> Result<SqliteCheckpointer, Failure> {
        let path = named("BENCH_SQLITE_PATH")?;
        let options = SqliteOptions {
            synchronous: self.sqlite_sync,
            ..SqliteOptions::default()
        };
        Ok(SqliteCheckpointer::open_with(path, options).await?)
    }

    /// What the machine itself does where this store is, for rows of `bytes`.
    pub(crate) async fn limit(&self, bytes: usize) -> Result<Option<Limit>, Failure> {
        Ok(match self.backend {
            Backend::None | Backend::Memory => None,
            Backend::Sqlite => {
                let file = format!("{}.limit", named("BENCH_SQLITE_PATH")?).into();
                Some(Limit::of_sqlite(file, self.sqlite_sync, bytes)?)
            }
            Backend::Postgres => Some(Limit::of_postgres(&named("BENCH_PG_DSN")?, bytes).await?),
            Backend::Redis => Some(Limit::of_redis(&named("BENCH_REDIS_URL")?).await?),
        })
    }

    /// The timed part begins.
    pub(crate) fn begin(&mut self) {
        self.before = self.counted();
        self.began = Some(Instant::now());
    }

    /// The timed part ends.
    pub(crate) fn end(&self, k: u64, supersteps: u64, tasks: u64) -> Measured {
        let wall = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        let (checkpoints, bytes) = self.counted();
        Measured {
            k,
            wall,
            supersteps,
            tasks,
            checkpoints: checkpoints - self.before.0,
            bytes: bytes - self.before.1,
            ..Measured::default()
        }
    }

    fn counted(&self) -> (u64, u64) {
        let read = |counts: &Arc<Counts>| {
            (
                counts.checkpoints.load(Ordering::Relaxed),
                counts.bytes.load(Ordering::Relaxed),
            )
        };
        self.counts.as_ref().map_or((0, 0), read)
    }
}
