//! The kinds of trouble, and what they strike.

use std::time::{Duration, SystemTime};

use super::pattern::Pattern;

/// When a client is told to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// After so many seconds.
    Seconds(u64),
    /// At this time, as an HTTP date. Whole seconds count.
    Date(SystemTime),
    /// It is not told: neither this header nor those of rate limits are sent.
    Absent,
}

/// Why a merge is refused although nothing stands against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MergeRefused {
    /// 405, "Base branch was modified. Review and try the merge again."
    BaseModified,
    /// 405, "Pull Request is not mergeable".
    NotMergeable,
    /// 409, "Head branch was modified. Review and try the merge again."
    HeadModified,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Delay(Duration),
    Status(u16),
    DropBefore,
    DropAfter,
    SecondaryLimit(RetryAfter),
    StaleMergeability,
    MergeRefused(MergeRefused),
    BadCredentials,
}

/// One kind of trouble, what it strikes, and how often; once if nothing else is said.
///
/// ```
/// use agentflow_forge::{Fault, RetryAfter};
///
/// let lost = Fault::drop_after_effect().on("POST", "/repos/*/*/pulls");
/// let busy = Fault::secondary_limit(RetryAfter::Seconds(7)).times(2);
/// # let _ = (lost, busy);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Fault {
    pub(super) trouble: Trouble,
    pub(super) pattern: Pattern,
    pub(super) left: u32,
}

impl Fault {
    fn new(trouble: Trouble, method: &str, path: &str) -> Self {
        Self {
            trouble,
            pattern: Pattern::new(method, path),
            left: 1,
        }
    }

    /// The request waits until the forge's clock has gone on by that much.
    pub fn delay(by: Duration) -> Self {
        Self::new(Trouble::Delay(by), "*", "/**")
    }

    /// Answers with this status, such as 502, and does nothing.
    pub fn status(status: u16) -> Self {
        Self::new(Trouble::Status(status), "*", "/**")
    }

    /// Cuts the connection and does nothing.
    pub fn drop_before_effect() -> Self {
        Self::new(Trouble::DropBefore, "*", "/**")
    }

    /// Does what was asked, and cuts the connection instead of answering.
    pub fn drop_after_effect() -> Self {
        Self::new(Trouble::DropAfter, "*", "/**")
    }

    /// Answers 403 as GitHub's secondary rate limit does, and does nothing.
    pub fn secondary_limit(retry_after: RetryAfter) -> Self {
        Self::new(Trouble::SecondaryLimit(retry_after), "*", "/**")
    }

    /// A pull request is shown as if GitHub had not yet looked whether it can be merged.
    pub fn stale_mergeability() -> Self {
        Self::new(Trouble::StaleMergeability, "GET", "/repos/*/*/pulls/*")
    }

    /// A merge is refused in GitHub's words, and not done.
    pub fn merge_refused(why: MergeRefused) -> Self {
        Self::new(
            Trouble::MergeRefused(why),
            "PUT",
            "/repos/*/*/pulls/*/merge",
        )
    }

    /// Answers 401, "Bad credentials", whatever token is shown.
    pub fn bad_credentials() -> Self {
        Self::new(Trouble::BadCredentials, "*", "/**")
    }

    /// Strikes requests with this method and path only. `*` stands for any method, and in the
    /// path for one part of it; `**` at the end for all that follows. Paths of the REST API are
    /// written without its base, such as `/repos/*/*/issues`; git's as `/octo/demo.git/**`.
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.pattern = Pattern::new(method, path);
        self
    }

    /// Strikes so many requests.
    pub fn times(mut self, times: u32) -> Self {
        self.left = times;
        self
    }
}
