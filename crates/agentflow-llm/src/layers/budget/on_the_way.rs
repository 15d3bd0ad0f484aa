//! What calls that are on their way have seen of the sums, so that of several that pass a
//! threshold together only one tells.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{BudgetScope, Usage};

/// The highest sums that the calls on their way have seen. What nobody is on the way for is
/// forgotten: the next call reads it from the ledger.
#[derive(Clone, Debug, Default)]
pub(super) struct OnTheWay(Arc<Mutex<HashMap<BudgetScope, Seen>>>);

#[derive(Debug, Default)]
struct Seen {
    calls: usize,
    spent: Usage,
}

/// A call that is on its way, for as long as it lives.
#[derive(Debug)]
pub(super) struct Watch {
    all: OnTheWay,
    scopes: Vec<BudgetScope>,
}

impl OnTheWay {
    pub(super) fn begin(&self, scopes: Vec<BudgetScope>) -> Watch {
        let mut seen = self.seen();
        for scope in &scopes {
            seen.entry(scope.clone()).or_default().calls += 1;
        }
        drop(seen);
        Watch {
            all: self.clone(),
            scopes,
        }
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<BudgetScope, Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    pub(super) fn scopes(&self) -> &[BudgetScope] {
        &self.scopes
    }

    /// The sum is `spent` now. Returns the highest that was seen before.
    pub(super) fn sees(&self, scope: &BudgetScope, spent: Usage) -> Usage {
        let mut seen = self.all.seen();
        let Some(highest) = seen.get_mut(scope) else {
            return spent;
        };
        let before = highest.spent;
        // Sums only grow, but what was read later may be seen earlier.
        if spent.total_tokens() >= before.total_tokens()
            && spent.cost_micro_usd >= before.cost_micro_usd
        {
            highest.spent = spent;
        }
        before
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut seen = self.all.seen();
        for scope in self.scopes.drain(..) {
            if let Entry::Occupied(mut entry) = seen.entry(scope) {
                entry.get_mut().calls -= 1;
                if entry.get().calls == 0 {
                    entry.remove();
                }
            }
        }
    }
}
