//! The parameters that several listings share: `since`, `sort` and `direction`.

use crate::http::answer::Refusal;
use crate::http::call::Caller;
use crate::time;

/// Only what was changed at that time or later.
pub(super) struct Since(Option<i64>);

impl Since {
    pub(super) fn asked(caller: &Caller) -> Result<Self, Refusal> {
        match caller.asked("since") {
            Some(text) if !time::is_time(text) => Err(Refusal::unprocessable(format!(
                "'{text}' is not a valid timestamp"
            ))),
            since => Ok(Self(since.map(time::to_unix))),
        }
    }

    pub(super) fn reaches(&self, updated_at: &str) -> bool {
        self.0
            .is_none_or(|since| time::to_unix(updated_at) >= since)
    }
}

/// Sorts comments, which come oldest first; `times` tells when one was made and last changed.
pub(super) fn sorted<T>(
    caller: &Caller,
    items: &mut [T],
    times: impl Fn(&T) -> (&String, &String),
) {
    let Some(sort) = caller.asked("sort") else {
        return;
    };
    if sort == "updated" {
        items.sort_by_key(|item| time::to_unix(times(item).1));
    }
    // GitHub reads a direction only beside `sort`.
    if caller.asked("direction").unwrap_or("desc") == "desc" {
        items.reverse();
    }
}
