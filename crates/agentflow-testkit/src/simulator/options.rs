//! What a simulation may do.

use agentflow_core::Durability;

/// What a simulation may do.
#[derive(Clone, Debug)]
pub struct Options {
    /// Each is run and compared; all three by default.
    pub durabilities: Vec<Durability>,
    /// Where runs crash; [`Crashes::Drawn`] by default.
    pub crashes: Crashes,
    /// Gates of one world at most, 50,000 by default; a world that opens more does not
    /// come to its end.
    pub actions_max: u64,
    /// Events that a failure shows, 60 by default.
    pub events_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durabilities: vec![Durability::Sync, Durability::Async, Durability::Exit],
            crashes: Crashes::Drawn,
            actions_max: 50_000,
            events_max: 60,
        }
    }
}

/// Where runs crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Crashes {
    /// Where the seed says, among all other disturbances.
    Drawn,
    /// At each boundary between two actions in turn, with no other disturbance.
    AtEach,
}
