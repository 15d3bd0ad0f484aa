//! A child's life: looks where the thread stands, does what that calls for, until it is
//! done.

use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use agentflow_core::checkpoint::CheckpointError;
use agentflow_core::{
    BoxError, Clock, CompiledGraph, Durability, GraphError, Outcome, RunError, RunOptions,
    SystemClock, WaitsFor,
};

use super::effects::World;
use super::graph::{Trial, graph, news};
use super::observed::Observed;
use super::orders::{ASKS, Orders};
use super::witness::Witness;
use crate::journal::{Mode, What};
use crate::store::Store;

/// Between two looks at a thread that somebody else runs, or that a store did not give.
const PAUSE: Duration = Duration::from_millis(2);

/// How a child's life ended, if nothing killed it.
#[derive(Debug)]
pub enum Ending {
    /// The thread is done; its state as JSON.
    Done(String),
    /// The store refused a write for a reason that waiting does not change.
    NoRoom(BoxError),
}

/// Why a child could not do what it was told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChildError {
    /// Its files, or its parent's end of the line, are gone.
    #[error("the child cannot reach its files or its parent")]
    Io(#[from] io::Error),
    /// The store does not open.
    #[error("the store does not open")]
    Store(#[from] CheckpointError),
    /// The graph is wrong.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The thread's final state does not encode.
    #[error("the state does not encode")]
    State(#[from] serde_json::Error),
    /// A run failed in a way that nobody brought about.
    #[error("the thread cannot go on")]
    Run(#[from] RunError),
}

/// Lives one life as ordered.
///
/// # Errors
/// If it cannot, for a reason that no trial makes.
pub async fn live(orders: Orders) -> Result<Ending, ChildError> {
    let witness = Arc::new(Witness::of(&orders)?);
    witness.note(What::Began);
    witness.pass("open", "before");
    let store = match open(&orders).await {
        Ok(store) => store,
        Err(error) if is_no_room(&error) => {
            witness.note(What::GaveUp);
            return Ok(Ending::NoRoom(error.into()));
        }
        Err(error) => return Err(error.into()),
    };
    witness.pass("open", "after");
    let options = RunOptions {
        lease_ttl: Duration::from_millis(orders.lease_ms),
        durability: match orders.mode {
            Mode::Sync => Durability::Sync,
            Mode::Async => Durability::Async,
            Mode::Exit => Durability::Exit,
        },
        ..RunOptions::default()
    };
    let observed = Observed::new(store.checkpointer(), Arc::clone(&witness));
    let graph = graph()?.compile_with(observed)?.with_options(options);
    let world = Arc::new(World::open(&orders, Arc::clone(&witness), store)?);
    let child = Child {
        graph,
        orders,
        world,
        witness,
    };
    let ended = child.carry_on().await?;
    if let Ending::Done(_) = ended {
        child.witness.note(What::Done);
    }
    Ok(ended)
}

/// Opens the store, as often as that may help: a child that is stopped in the middle of a
/// write may hold it meanwhile.
async fn open(orders: &Orders) -> Result<Store, CheckpointError> {
    loop {
        match Store::open(&orders.address, orders.store_bytes_max).await {
            Err(error) if error.is_retryable() => tokio::time::sleep(PAUSE).await,
            opened => return opened,
        }
    }
}

struct Child {
    graph: CompiledGraph<Trial>,
    world: Arc<World>,
    witness: Arc<Witness>,
    orders: Orders,
}

impl Child {
    async fn carry_on(&self) -> Result<Ending, ChildError> {
        loop {
            let error = match self.step().await {
                Ok(Some(Outcome::Done(trial))) => {
                    return Ok(Ending::Done(serde_json::to_string(&trial)?));
                }
                Ok(Some(Outcome::Interrupted { .. })) => continue,
                Ok(None) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Err(ChildError::Run(error)) => error,
                Err(error) => return Err(error),
            };
            if !matches!(error, RunError::ThreadBusy { .. }) {
                self.witness.note(What::RunFailed {
                    error: told(&error),
                });
            }
            if is_no_room(&error) {
                self.witness.note(What::GaveUp);
                return Ok(Ending::NoRoom(error.into()));
            }
            if !is_overtaken(&error) && !may_pass(&error) {
                return Err(error.into());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// One thing that the thread calls for; `None` if it is not this child's to do, or
    /// not yet.
    async fn step(&self) -> Result<Option<Outcome<Trial>>, ChildError> {
        let thread = self.graph.thread(self.orders.thread.as_str());
        let thread = thread.with_context::<World>(Arc::clone(&self.world));
        let Some(standing) = thread.state().await? else {
            if self.orders.begins {
                return Ok(Some(thread.invoke(Trial::default()).await?));
            }
            return Ok(None);
        };
        if standing.is_done() {
            return Ok(Some(Outcome::Done(standing.values)));
        }
        let Some(asked) = standing.interrupts.into_iter().next() else {
            return Ok(Some(thread.proceed().await?));
        };
        match asked.waits_for {
            WaitsFor::Answer => {
                let answer = ask()?;
                Ok(Some(thread.resume_each([(asked.id, answer)]).await?))
            }
            WaitsFor::Event(_) => {
                let told = thread.deliver_once("the only", news(), "it rains");
                told.await?;
                self.wake().await
            }
            WaitsFor::Time(moment) => {
                let now = SystemClock.now();
                tokio::time::sleep(moment.since(now)).await;
                self.wake().await
            }
            _ => Ok(Some(thread.proceed().await?)),
        }
    }

    /// Goes on with the thread because its time has come. It is the only one of its store
    /// that is not done.
    async fn wake(&self) -> Result<Option<Outcome<Trial>>, ChildError> {
        let world = &self.world;
        let woken = self
            .graph
            .wake_due_with(|thread| thread.with_context::<World>(Arc::clone(world)));
        match woken.await?.into_iter().next() {
            Some((_, ended)) => Ok(Some(ended?)),
            None => Ok(None),
        }
    }
}

/// Asks the parent, which answers with a line. No run is under way meanwhile: nothing is
/// lost by waiting on the spot.
fn ask() -> io::Result<String> {
    let mut out = io::stdout().lock();
    writeln!(out, "{ASKS}")?;
    out.flush()?;
    let mut answer = String::new();
    if io::stdin().read_line(&mut answer)? == 0 {
        return Err(io::Error::other("the parent hung up before it answered"));
    }
    Ok(answer.trim_end().to_owned())
}

/// Whether another run has done meanwhile what this one was about to.
fn is_overtaken(error: &RunError) -> bool {
    let refused = caused_by::<CheckpointError>(error);
    matches!(
        refused,
        Some(CheckpointError::Fenced { .. } | CheckpointError::Conflict { .. })
    ) || matches!(
        error,
        RunError::UnknownInterrupt { .. } | RunError::NothingToResume { .. }
    )
}

/// Whether the store itself failed for good, or an effect that writes to its file did: in
/// a trial that can only be a full disk, and the judge sees to it that it is.
fn is_no_room(error: &(dyn Error + 'static)) -> bool {
    if let Some(failed) = caused_by::<CheckpointError>(error) {
        return matches!(failed, CheckpointError::Backend { .. });
    }
    let refused = caused_by::<rusqlite::Error>(error);
    let code = refused.and_then(rusqlite::Error::sqlite_error_code);
    code == Some(rusqlite::ErrorCode::DiskFull)
}

/// Whether it may go well another time: the store was away for a run, for a node of it, or
/// for an effect that writes to its database.
fn may_pass(error: &RunError) -> bool {
    match caused_by::<CheckpointError>(error) {
        Some(failed) => failed.is_retryable(),
        None => {
            error.is_retryable()
                || caused_by::<sqlx::Error>(error).is_some()
                || caused_by::<rusqlite::Error>(error).is_some()
        }
    }
}

fn caused_by<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

fn told(error: &RunError) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}
