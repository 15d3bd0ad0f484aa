//! What a simulation came to.

use std::fmt;
use std::ops::AddAssign;

use agentflow_core::Durability;

use super::violation::Violation;

/// What happened in a simulation that found nothing wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Worlds that were run.
    pub worlds: u64,
    /// Runs that were begun.
    pub runs: u64,
    /// Gates that were opened, and disturbances.
    pub actions: u64,
    /// Supersteps that were stored.
    pub supersteps: u64,
    /// Runs that were dropped in their middle.
    pub crashes: u64,
    /// Calls of the store that failed or were delivered twice.
    pub faults: u64,
    /// Runs that were begun beside another.
    pub rivals: u64,
    /// Writes that came too late and were refused.
    pub refused: u64,
    /// Questions that were answered.
    pub answers: u64,
    /// Events that were delivered.
    pub events: u64,
    /// Runs that were asked to pause or to stop.
    pub stops: u64,
    /// Pauses at breakpoints.
    pub pauses: u64,
    /// Runs that were begun because the thread was due.
    pub wakes: u64,
    /// Failures that an error handler took.
    pub handled: u64,
    /// Changes of a thread from outside.
    pub edits: u64,
    /// Checkpoints that were forgotten.
    pub pruned: u64,
    /// Effects that happened.
    pub effects: u64,
    /// Effects that happened again because a crash hid that they had.
    pub repeated_effects: u64,
    /// A digest of all that happened, the same whenever the seed is.
    pub digest: u64,
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.worlds += other.worlds;
        self.runs += other.runs;
        self.actions += other.actions;
        self.supersteps += other.supersteps;
        self.crashes += other.crashes;
        self.faults += other.faults;
        self.rivals += other.rivals;
        self.refused += other.refused;
        self.answers += other.answers;
        self.events += other.events;
        self.stops += other.stops;
        self.pauses += other.pauses;
        self.wakes += other.wakes;
        self.handled += other.handled;
        self.edits += other.edits;
        self.pruned += other.pruned;
        self.effects += other.effects;
        self.repeated_effects += other.repeated_effects;
        self.digest = self.digest.rotate_left(1) ^ other.digest;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} worlds, {} runs, {} supersteps, {} crashes, {} store faults, {} rivals, \
             {} late writes refused, {} answers, {} events, {} wakes, {} stops, {} pauses, \
             {} failures handled, {} changes, {} checkpoints forgotten, {} effects, {} of them \
             repeated after a crash",
            self.worlds,
            self.runs,
            self.supersteps,
            self.crashes,
            self.faults,
            self.rivals,
            self.refused,
            self.answers,
            self.events,
            self.wakes,
            self.stops,
            self.pauses,
            self.handled,
            self.edits,
            self.pruned,
            self.effects,
            self.repeated_effects
        )
    }
}

/// A seed under which the library broke a promise, and how to see it again.
#[derive(Clone, Debug, thiserror::Error)]
#[error("seed {seed}, durability {durability:?}{}: {violation}{}\nagain: AGENTFLOW_SEED={seed} cargo nextest run -p agentflow-testkit simulator", at(*.crash_at), listed(.events))]
#[non_exhaustive]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// Under which durability.
    pub durability: Durability,
    /// The action before which the run crashed, with [`super::Crashes::AtEach`].
    pub crash_at: Option<u64>,
    /// What did not hold.
    pub violation: Box<Violation>,
    /// What happened last before it, oldest first.
    pub events: Vec<String>,
}

fn at(crash: Option<u64>) -> String {
    crash.map_or(String::new(), |at| format!(", crashed before action {at}"))
}

fn listed(events: &[String]) -> String {
    events
        .iter()
        .map(|event| format!("\n    {event}"))
        .collect()
}
