//! What one writer has spent, as it knows it. Asks no store.

use std::collections::HashMap;

use super::scope::BudgetScope;
use crate::Usage;

/// Rows that are remembered besides those that are still to be written: a process that lives
/// long works on more threads than it should remember.
const WRITTEN_ROWS_MAX: usize = 10_000;

/// A writer's rows. Only this writer changes them, so its own sums are always the newest.
#[derive(Debug, Default)]
pub(super) struct OwnRows(HashMap<BudgetScope, Row>);

#[derive(Debug, Default)]
struct Row {
    /// What the store had when the row was first needed; `None` until that is read.
    before: Option<Usage>,
    /// What was added since.
    since: Usage,
    is_written: bool,
}

impl Row {
    fn sum(&self) -> Option<Usage> {
        self.before.map(|before| before + self.since)
    }
}

impl OwnRows {
    pub(super) fn add(&mut self, scope: BudgetScope, usage: Usage) {
        let row = self.0.entry(scope).or_default();
        row.since += usage;
        row.is_written = false;
    }

    /// What is to be written.
    pub(super) fn unwritten(&self) -> Vec<BudgetScope> {
        let rows = self.0.iter().filter(|(_, row)| !row.is_written);
        rows.map(|(scope, _)| scope.clone()).collect()
    }

    /// Whether the store has to be asked for what it had.
    pub(super) fn is_unread(&self, scope: &BudgetScope) -> bool {
        self.0.get(scope).is_some_and(|row| row.before.is_none())
    }

    pub(super) fn read(&mut self, scope: &BudgetScope, stored: Usage) {
        if let Some(row) = self.0.get_mut(scope) {
            row.before.get_or_insert(stored);
        }
    }

    /// All that this writer has spent, if it is known here.
    pub(super) fn sum(&self, scope: &BudgetScope) -> Option<Usage> {
        self.0.get(scope)?.sum()
    }

    /// As [`OwnRows::sum`], where the store has `stored`.
    pub(super) fn sum_over(&self, scope: &BudgetScope, stored: Usage) -> Usage {
        let row = self.0.get(scope);
        row.map_or(stored, |row| row.before.unwrap_or(stored) + row.since)
    }

    /// The store has this sum now.
    pub(super) fn written(&mut self, scope: &BudgetScope, sum: Usage) {
        if let Some(row) = self.0.get_mut(scope) {
            // More may have been added while it was written.
            row.is_written = row.sum() == Some(sum);
        }
    }

    /// Forgets what the store has, if it is much.
    pub(super) fn forget_written(&mut self) {
        if self.0.len() > WRITTEN_ROWS_MAX {
            self.0.retain(|_, row| !row.is_written);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rows_that_are_stored_are_forgotten() {
        let scope = |number: usize| BudgetScope::Thread(number.to_string().into());
        let mut rows = OwnRows::default();
        for number in 0..=WRITTEN_ROWS_MAX {
            rows.add(scope(number), Usage::tokens(1, 0));
            rows.read(&scope(number), Usage::default());
            rows.written(&scope(number), Usage::tokens(1, 0));
        }
        rows.add(scope(7), Usage::tokens(1, 0));
        rows.forget_written();
        assert_eq!(rows.unwritten(), [scope(7)]);
        assert_eq!(rows.sum(&scope(7)), Some(Usage::tokens(2, 0)));
        assert_eq!(rows.sum(&scope(8)), None);
        assert_eq!(
            rows.sum_over(&scope(8), Usage::tokens(1, 0)),
            Usage::tokens(1, 0)
        );
    }

    #[test]
    fn a_row_that_grows_while_it_is_written_is_written_again() {
        let mut rows = OwnRows::default();
        rows.add(BudgetScope::Project, Usage::tokens(1, 0));
        rows.read(&BudgetScope::Project, Usage::tokens(10, 0));
        rows.add(BudgetScope::Project, Usage::tokens(2, 0));
        rows.written(&BudgetScope::Project, Usage::tokens(11, 0));
        assert_eq!(rows.unwritten(), [BudgetScope::Project]);
        rows.written(&BudgetScope::Project, Usage::tokens(13, 0));
        assert_eq!(rows.unwritten(), []);
    }
}
