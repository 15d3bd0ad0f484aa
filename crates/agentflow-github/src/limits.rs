//! What one call may cost at most.

use std::time::Duration;

/// Items asked for in one page: the most that GitHub gives.
pub(crate) const PAGE_ITEMS: u32 = 100;

/// Redirects followed for one read; GitHub needs one, after a repository was renamed.
pub(crate) const REDIRECTS_MAX: u32 = 3;

/// Longest piece of a server's error text that is kept, in bytes.
pub(crate) const ERROR_TEXT_BYTES_MAX: usize = 2_048;

/// Most particular errors kept of one refusal.
pub(crate) const ERRORS_MAX: usize = 20;

/// Longest output kept of one failed check, in bytes: enough for a compiler's first errors.
pub(crate) const CHECK_OUTPUT_BYTES_MAX: usize = 16_384;

/// Longest wait that a server's answer can ask for: GitHub's window is one hour.
pub(crate) const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_900);

/// Pull requests that one account opens in 24 hours, unless told otherwise.
pub(crate) const PULL_REQUESTS_PER_DAY_MAX: u32 = 10;

/// Longest key of a [`Marker`](crate::Marker), in bytes.
pub(crate) const MARKER_KEY_BYTES_MAX: usize = 200;

/// The limits of one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Largest answer that is read, 32 MiB by default, in bytes.
    ///
    /// A diff of 20,000 lines, the most that GitHub renders, is far below it.
    pub body_bytes_max: usize,
    /// Room for answers that are shown again where the server says that they still hold, 16 MiB
    /// by default, in bytes; none at 0.
    pub cache_bytes_max: usize,
    /// Most pages followed in one listing, 50 by default, so 5,000 items.
    pub pages_max: u32,
    /// Longest wait for a connection, 10 s by default.
    pub connect_timeout: Duration,
    /// Longest silence while an answer is read, 60 s by default.
    pub read_timeout: Duration,
    /// Longest time for one attempt from the first byte sent to the last received, 5 min by default.
    pub attempt_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 32 * 1024 * 1024,
            cache_bytes_max: 16 * 1024 * 1024,
            pages_max: 50,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            attempt_timeout: Duration::from_secs(300),
        }
    }
}
