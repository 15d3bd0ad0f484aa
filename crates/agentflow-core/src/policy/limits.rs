//! What one run may use, and how durable it is.

use std::time::Duration;

use super::budget::Budget;

/// What one run of a thread may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunOptions {
    /// When a superstep counts as done; [`Durability::Sync`] by default.
    pub durability: Durability,
    /// Supersteps of one run at most, START's included; 10,000 by default. A graph
    /// of `k` nodes in a row needs `k + 1`.
    pub step_limit: u64,
    /// Tasks that run at the same time at most; 256 by default.
    pub max_concurrency: usize,
    /// Tasks of one superstep at most; 100,000 by default. More is a router that
    /// fans out over something without an end.
    pub tasks_max: usize,
    /// How long one superstep may take; no limit by default. One that takes longer
    /// fails the run: what finished stays finished, the rest is stopped.
    pub step_timeout: Option<Duration>,
    /// What a run may spend before it pauses with what it has.
    pub budget: Budget,
    /// Whether tasks wait for the others of their superstep.
    pub scheduling: Scheduling,
    /// What is kept of finished supersteps besides their checkpoints.
    pub journal: Journal,
    /// How long a lease lasts without renewal; 30 s by default. A run renews it
    /// three times as often, so one slow renewal costs nothing; a crashed run of
    /// another machine blocks the thread at most this long.
    pub lease_ttl: Duration,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Sync,
            step_limit: 10_000,
            max_concurrency: 256,
            tasks_max: 100_000,
            step_timeout: None,
            budget: Budget::default(),
            scheduling: Scheduling::Supersteps,
            journal: Journal::Off,
            lease_ttl: Duration::from_secs(30),
        }
    }
}

/// When a superstep counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Durability {
    /// The next superstep starts after the store acknowledged the last one. A
    /// power cut costs the tasks that were running, and nothing that finished.
    #[default]
    Sync,
    /// Supersteps are stored in order in the background, at most 64 behind; all of
    /// them are when the run returns, and watchers see each after it is stored. A
    /// power cut costs the last few supersteps and what finished on top of them,
    /// which run again.
    Async,
    /// The state is stored once, when the run ends, pauses or fails, and before an
    /// effect of [`crate::NodeContext::once`] or a graph inside begins. Watchers see
    /// supersteps that are not stored. A power cut costs the whole run.
    Exit,
}

/// What is kept of finished supersteps besides their checkpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Journal {
    /// Nothing: the replies of tasks are forgotten with the superstep that applied them.
    #[default]
    Off,
    /// What each task replied, in the same commit as the superstep. The history then
    /// shows it, and [`crate::Thread::verify`] can hold a changed graph against it.
    Replies,
}

/// When a task may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Scheduling {
    /// When all tasks of the superstep before are done: each sees what all of them wrote.
    #[default]
    Supersteps,
    /// When the task that leads to it is done, or all those that a join waits for: it sees
    /// what was written on the way to it, and no branch waits for a slower one. Results do
    /// not depend on who is faster.
    ///
    /// What differs from supersteps: two branches that lead to one node run it once each,
    /// unless a join brings them together; one checkpoint is made when nothing is left to
    /// run (what finishes is stored task by task before that); ephemeral fields live until
    /// then; and breakpoints, drains and budgets take effect only there.
    Dataflow,
}
