//! What somebody is told when much of a limit is spent.

use std::fmt;

use crate::{BudgetScope, Usage};

/// Much of a limit is spent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BudgetAlert {
    /// Whose limit.
    pub scope: BudgetScope,
    /// What `spent` and `limit` count.
    pub unit: BudgetUnit,
    /// How much of the limit has been reached, in percent, as the policy names it.
    pub threshold_percent: u8,
    /// What is spent.
    pub spent: u64,
    /// What may be spent.
    pub limit: u64,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BudgetUnit {
    /// Tokens of requests and replies together.
    Tokens,
    /// Millionths of a US dollar.
    MicroUsd,
}

impl BudgetUnit {
    pub(super) fn of(self, usage: &Usage) -> u64 {
        match self {
            Self::Tokens => usage.total_tokens(),
            Self::MicroUsd => usage.cost_micro_usd.unwrap_or(0),
        }
    }
}

impl fmt::Display for BudgetUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tokens => "tokens",
            Self::MicroUsd => "millionths of a US dollar",
        })
    }
}
