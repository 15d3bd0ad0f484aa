//! Counts requests per token and hour, as GitHub does. It knows no HTTP.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

const HOUR: u64 = 3_600;
/// Requests without a token, per hour, as on GitHub.
const ANONYMOUS_MAX: u64 = 60;

/// What is counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Resource {
    Core,
    Search,
    Graphql,
}

impl Resource {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Search => "search",
            Self::Graphql => "graphql",
        }
    }
}

/// Who asks for what: the id of a token, if there is one.
pub(crate) type Account = (Option<i64>, Resource);

/// How an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) limit: u64,
    pub(crate) used: u64,
    /// When the count begins anew, in seconds since 1970.
    pub(crate) reset: u64,
}

impl Rate {
    pub(crate) fn remaining(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

#[derive(Clone, Copy, Debug)]
struct Window {
    reset: u64,
    used: u64,
}

/// The counts of all accounts.
#[derive(Debug, Default)]
pub(crate) struct RateBook {
    windows: Mutex<HashMap<Account, Window>>,
}

impl RateBook {
    /// Counts one request; nothing where the limit has been reached.
    pub(crate) fn take(&self, account: Account, limit: u64, now: u64) -> Result<Rate, Rate> {
        self.change(account, limit, now, |window, limit| {
            let fits = window.used < limit;
            window.used += u64::from(fits);
            fits
        })
    }

    /// Takes one request back that was counted.
    pub(crate) fn give_back(&self, account: Account, limit: u64, now: u64) -> Rate {
        let changed = self.change(account, limit, now, |window, _| {
            window.used = window.used.saturating_sub(1);
            true
        });
        changed.unwrap_or_else(|rate| rate)
    }

    pub(crate) fn look(&self, account: Account, limit: u64, now: u64) -> Rate {
        let looked = self.change(account, limit, now, |_, _| true);
        looked.unwrap_or_else(|rate| rate)
    }

    fn change(
        &self,
        account: Account,
        limit: u64,
        now: u64,
        change: impl FnOnce(&mut Window, u64) -> bool,
    ) -> Result<Rate, Rate> {
        let limit = account.0.map_or(ANONYMOUS_MAX.min(limit), |_| limit);
        let mut windows = self.windows();
        let fresh = Window {
            reset: now + HOUR,
            used: 0,
        };
        let window = windows.entry(account).or_insert(fresh);
        if window.reset <= now {
            *window = fresh;
        }
        let fits = change(window, limit);
        let rate = Rate {
            limit,
            used: window.used,
            reset: window.reset,
        };
        if fits { Ok(rate) } else { Err(rate) }
    }

    fn windows(&self) -> MutexGuard<'_, HashMap<Account, Window>> {
        // A count is whole at every moment, so one who panicked left nothing behind.
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_so_many_requests_in_an_hour() {
        let book = RateBook::default();
        let me = (Some(1), Resource::Core);
        let rate = |used| Rate {
            limit: 2,
            used,
            reset: 3_610,
        };
        assert_eq!(book.take(me, 2, 10), Ok(rate(1)));
        assert_eq!(book.take(me, 2, 20), Ok(rate(2)));
        assert_eq!(book.take(me, 2, 30), Err(rate(2)));
        assert_eq!(
            book.take((Some(2), Resource::Core), 2, 30)
                .map(|it| it.used),
            Ok(1)
        );
        assert_eq!(book.give_back(me, 2, 40), rate(1));
        assert_eq!(book.look(me, 2, 3_609), rate(1));
        assert_eq!(
            book.take(me, 2, 3_610).map(|it| (it.used, it.reset)),
            Ok((1, 7_210))
        );
    }
}
