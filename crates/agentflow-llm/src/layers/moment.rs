//! Moments that may lie further ahead than a clock counts.

use std::time::Duration;

use tokio::time::Instant;

/// As good as never: some thirty years.
const FAR: Duration = Duration::from_secs(1_000_000_000);

/// `wait` after `moment`. Waits come from callers and from providers, who may name any number.
pub(super) fn after(moment: Instant, wait: Duration) -> Instant {
    moment.checked_add(wait.min(FAR)).unwrap_or(moment)
}
