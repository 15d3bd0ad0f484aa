//! How much may be spent, and what of it is told.

use super::alert::BudgetUnit;
use crate::{BudgetScope, Usage};

/// How much may be spent, and when somebody is told. Nothing is limited by default.
///
/// ```
/// use agentflow_llm::{BudgetPolicy, SpendLimits};
///
/// let policy = BudgetPolicy {
///     thread: SpendLimits { micro_usd: Some(500_000), ..SpendLimits::default() },
///     project: SpendLimits { micro_usd: Some(20_000_000), ..SpendLimits::default() },
///     ..BudgetPolicy::default()
/// };
/// assert_eq!(policy.alert_percents, [50, 80, 100]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetPolicy {
    /// Of each thread, over all its runs. Requests without a thread are not limited by it.
    pub thread: SpendLimits,
    /// Of the project: all threads, and what belongs to none.
    pub project: SpendLimits,
    /// At how much of a limit somebody is told, in percent: 50, 80 and 100 by default.
    pub alert_percents: Vec<u8>,
}

/// What may be spent. `None` is as much as one likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpendLimits {
    /// Tokens of requests and replies together.
    pub tokens: Option<u64>,
    /// Millionths of a US dollar. Replies whose cost nobody knows do not count.
    pub micro_usd: Option<u64>,
}

impl Default for BudgetPolicy {
    fn default() -> Self {
        Self {
            thread: SpendLimits::default(),
            project: SpendLimits::default(),
            alert_percents: vec![50, 80, 100],
        }
    }
}

impl BudgetPolicy {
    /// The limits that there are for this scope.
    pub(super) fn limits(&self, scope: &BudgetScope) -> impl Iterator<Item = Limit> + use<> {
        let limits = match scope {
            BudgetScope::Project => self.project,
            BudgetScope::Thread(_) => self.thread,
        };
        let tokens = limits.tokens.map(|max| (BudgetUnit::Tokens, max));
        let money = limits.micro_usd.map(|max| (BudgetUnit::MicroUsd, max));
        let limits = tokens.into_iter().chain(money);
        limits.map(|(unit, max)| Limit { unit, max })
    }
}

/// One limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) unit: BudgetUnit,
    pub(super) max: u64,
}

impl Limit {
    /// Whether so many percent of it are spent.
    pub(super) fn is_reached(&self, percent: u8, spent: &Usage) -> bool {
        let spent = u128::from(self.unit.of(spent));
        spent * 100 >= u128::from(self.max) * u128::from(percent)
    }
}
