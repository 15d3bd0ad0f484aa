//! What a trial leaves behind, and what an undisturbed one leaves.

use std::collections::{BTreeMap, BTreeSet};

use agentflow_core::checkpoint::Checkpoint;

use crate::journal::{Entry, Life, Mode};

/// What a trial left behind.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Its journal, in order.
    pub entries: Vec<Entry>,
    /// The lines that effects appended to the file.
    pub lines: Vec<Line>,
    /// What the service was asked for.
    pub calls: Vec<Call>,
    /// The rows that effects added to the store's own database.
    pub rows: Vec<Row>,
    /// The checkpoints of the thread that are there, oldest first in each namespace.
    pub history: Vec<(String, Checkpoint)>,
    /// The final state, as each child told it that found the thread done.
    pub states: Vec<String>,
    /// The superstep and the state of each checkpoint of the outermost graph.
    pub checkpointed: Vec<(i64, String)>,
    /// When its children stored supersteps.
    pub mode: Mode,
    /// Connections that were cut.
    pub cuts: u32,
    /// What it was put under besides kills.
    pub strain: Strain,
}

/// A line in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who appended it.
    pub life: Life,
    /// For which effect.
    pub effect: String,
}

/// A row in the store's own database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who added it.
    pub life: Life,
    /// For which effect.
    pub effect: String,
}

/// A request to the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its idempotency key.
    pub key: String,
    /// For which effect.
    pub effect: String,
    /// Whether the service acted: the first time it saw the key.
    pub is_applied: bool,
}

/// What makes runs fail though nobody kills them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strain {
    /// Nothing does: each run ends well or is killed.
    #[default]
    None,
    /// Another child runs at the same time: runs may find that it has done meanwhile what
    /// they were about to. Neither may lose its lease while it lives.
    Rivalry,
    /// Leases that a pause, a slow network or a slow machine outlasts: runs lose theirs.
    ShortLease,
    /// The connection to the store breaks, or its server is gone for a while: runs fail.
    /// None may lose its lease, and none may be told that the store failed for good.
    Outage,
    /// The store runs out of room.
    NoRoom,
}

/// What an undisturbed trial leaves.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The effects, each of which happens once.
    pub effects: BTreeSet<String>,
    /// The final state.
    pub state: String,
    /// The checkpoints, by namespace.
    pub history: Vec<(String, Checkpoint)>,
    /// The state at the end of each superstep.
    pub checkpointed: BTreeMap<i64, String>,
}

impl Expected {
    /// What a trial that nobody disturbed tells of all others.
    #[must_use]
    pub fn of(undisturbed: &Evidence) -> Self {
        let lines = undisturbed.lines.iter().map(|line| line.effect.clone());
        let calls = undisturbed.calls.iter().map(|call| call.effect.clone());
        let rows = undisturbed.rows.iter().map(|row| row.effect.clone());
        Self {
            effects: lines.chain(calls).chain(rows).collect(),
            state: undisturbed.states.first().cloned().unwrap_or_default(),
            history: undisturbed.history.clone(),
            checkpointed: undisturbed.checkpointed.iter().cloned().collect(),
        }
    }
}
