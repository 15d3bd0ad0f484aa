//! What a run may spend before it pauses with what it has.

use std::fmt;
use std::time::Duration;

/// What a run may spend. A run that has spent it pauses before its next superstep with
/// what it has, and can go on with [`crate::Thread::proceed`] and a budget anew.
///
/// All limits are off by default. Graphs inside share the budget of their run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Supersteps of the outermost graph.
    pub supersteps: Option<u64>,
    /// Tokens, as nodes tell by [`crate::NodeContext::spend`].
    pub tokens: Option<u64>,
    /// Money in millionths of whatever currency nodes tell it in.
    pub cost_micros: Option<u64>,
    /// Time since the run began, by its clock.
    pub wall: Option<Duration>,
}

impl Budget {
    /// Whether it limits what a run uses up besides supersteps.
    pub(crate) fn is_any_metered(&self) -> bool {
        self.tokens.is_some() || self.cost_micros.is_some() || self.wall.is_some()
    }
}

/// What a node has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spend {
    /// Tokens.
    pub tokens: u64,
    /// Money in millionths of a unit of currency.
    pub cost_micros: u64,
}

impl Spend {
    /// So many tokens.
    #[must_use]
    pub fn tokens(tokens: u64) -> Self {
        Self {
            tokens,
            cost_micros: 0,
        }
    }

    /// So many millionths of a unit of currency.
    #[must_use]
    pub fn cost_micros(cost_micros: u64) -> Self {
        Self {
            tokens: 0,
            cost_micros,
        }
    }
}

/// One limit of a [`Budget`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BudgetLimit {
    /// Supersteps.
    Supersteps,
    /// Tokens.
    Tokens,
    /// Money.
    Cost,
    /// Time.
    Wall,
}

impl fmt::Display for BudgetLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Supersteps => "supersteps",
            Self::Tokens => "tokens",
            Self::Cost => "cost",
            Self::Wall => "wall time",
        })
    }
}
