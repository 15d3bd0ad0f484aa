//! What a run has spent, and whether that is all it may.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::Timestamp;
use crate::policy::{Budget, BudgetLimit, Spend};

/// What a run has spent, over all its graphs.
#[derive(Debug, Default)]
pub(super) struct Meter {
    tokens: AtomicU64,
    cost_micros: AtomicU64,
    /// When the run began; only asked for if time is limited.
    began: Option<Timestamp>,
}

impl Meter {
    pub(super) fn since(began: Option<Timestamp>) -> Self {
        Self {
            began,
            ..Self::default()
        }
    }

    pub(super) fn add(&self, spend: Spend) {
        // A sum that has no end stops at the largest number.
        let add = |sum: &AtomicU64, more: u64| {
            let added = |sum: u64| Some(sum.saturating_add(more));
            let _ = sum.fetch_update(Ordering::Relaxed, Ordering::Relaxed, added);
        };
        add(&self.tokens, spend.tokens);
        add(&self.cost_micros, spend.cost_micros);
    }

    pub(super) fn spent(&self) -> Spend {
        Spend {
            tokens: self.tokens.load(Ordering::Relaxed),
            cost_micros: self.cost_micros.load(Ordering::Relaxed),
        }
    }

    /// The limit that has been reached, if one has.
    pub(super) fn reached(
        &self,
        budget: &Budget,
        now: impl FnOnce() -> Timestamp,
    ) -> Option<BudgetLimit> {
        let spent = self.spent();
        let over = |limit: Option<u64>, spent: u64| limit.is_some_and(|limit| spent >= limit);
        if over(budget.tokens, spent.tokens) {
            return Some(BudgetLimit::Tokens);
        }
        if over(budget.cost_micros, spent.cost_micros) {
            return Some(BudgetLimit::Cost);
        }
        match (budget.wall, self.began) {
            (Some(wall), Some(began)) if now().since(began) >= wall => Some(BudgetLimit::Wall),
            _ => None,
        }
    }
}
