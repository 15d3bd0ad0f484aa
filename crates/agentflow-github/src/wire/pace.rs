//! Keeps a client below the server's limits, and silent while it is over one.
//!
//! GitHub asks for both ("Best practices for using the REST API"): to send content slowly, and
//! to send nothing to a limit that was reached, since who goes on may be shut out for good.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Request;
use crate::error::{GitHubError, RateLimit};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// How fast a client writes: everything but reads counts.
///
/// Writes that are too many wait for their turn, in the order in which they came, up to
/// [`RetryPolicy::limit_wait_max`](crate::RetryPolicy::limit_wait_max); a longer wait comes as
/// [`GitHubError::RateLimited`](crate::GitHubError::RateLimited) with nothing sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Most writes in any minute, 60 by default: GitHub refuses content from about 80 on.
    pub writes_per_minute_max: usize,
    /// Most writes in any hour, 400 by default: GitHub refuses content from about 500 on.
    pub writes_per_hour_max: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            writes_per_minute_max: 60,
            writes_per_hour_max: 400,
        }
    }
}

impl Pace {
    /// As fast as it goes: for a server of one's own.
    pub fn unlimited() -> Self {
        Self {
            writes_per_minute_max: usize::MAX,
            writes_per_hour_max: usize::MAX,
        }
    }

    fn is_unlimited(&self) -> bool {
        *self == Self::unlimited()
    }
}

/// Which of the server's allowances a request is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Resource {
    /// What costs nothing, and says when the others are there again.
    Free,
    Core,
    Search,
    CodeSearch,
    GraphQl,
}

impl Resource {
    const ALL: [Self; 4] = [Self::Core, Self::Search, Self::CodeSearch, Self::GraphQl];

    fn of(request: &Request) -> Self {
        let path = request.path_and_query.as_str();
        if path == "/rate_limit" {
            Self::Free
        } else if path.starts_with("/search/code") {
            Self::CodeSearch
        } else if path.starts_with("/search") {
            Self::Search
        } else if request.is_graphql() {
            Self::GraphQl
        } else {
            Self::Core
        }
    }
}

/// Lets the requests of one client go, one by one.
#[derive(Debug)]
pub(crate) struct Pacer {
    pace: Pace,
    /// Held by the write whose turn is next: the others queue behind it.
    queue: tokio::sync::Mutex<()>,
    /// When the writes of the last hour were sent, oldest first.
    sent: Mutex<VecDeque<Instant>>,
    /// Until when an allowance is used up.
    closed: Mutex<HashMap<Resource, (Instant, RateLimit)>>,
}

impl Pacer {
    pub(crate) fn new(pace: Pace) -> Self {
        Self {
            pace,
            queue: tokio::sync::Mutex::default(),
            sent: Mutex::default(),
            closed: Mutex::default(),
        }
    }

    /// Waits until `request` may be sent, or says why that takes longer than `wait_max`.
    ///
    /// # Cancel safety
    /// Dropped while it waits, it has counted nothing.
    pub(crate) async fn turn(
        &self,
        request: &Request,
        wait_max: Duration,
    ) -> Result<(), GitHubError> {
        let resource = Resource::of(request);
        let too_late = |limit, retry_after| GitHubError::RateLimited {
            call: request.call.clone(),
            limit,
            retry_after,
        };
        let deadline = Instant::now() + wait_max;
        let writes = !request.is_read() && !self.pace.is_unlimited();
        let mut first = None;
        loop {
            let wait = match self.closed_for(resource) {
                closed @ Some(_) => closed,
                None if !writes => None,
                None => {
                    if first.is_none() {
                        let queue = tokio::time::timeout_at(deadline, self.queue.lock()).await;
                        first = Some(queue.map_err(|_| too_late(RateLimit::Pace, MINUTE))?);
                        // Much may have happened meanwhile.
                        continue;
                    }
                    self.claim(Instant::now())
                        .map(|wait| (wait, RateLimit::Pace))
                }
            };
            let Some((wait, limit)) = wait else {
                return Ok(());
            };
            if Instant::now() + wait > deadline {
                return Err(too_late(limit, wait));
            }
            let (call, wait_ms) = (&request.call, wait.as_millis());
            tracing::debug!(%call, wait_ms, %limit, "waits for its turn");
            tokio::time::sleep(wait).await;
        }
    }

    /// Notes that the server refused `request` for its rate. Too much in a short time is too much
    /// of everything; an hourly allowance is one of several.
    pub(crate) fn refused(&self, request: &Request, limit: RateLimit, wait: Duration) {
        let until = Instant::now() + wait;
        let one = [Resource::of(request)];
        let which = match limit {
            RateLimit::Primary => one.as_slice(),
            _ => &Resource::ALL,
        };
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        for resource in which {
            let known = closed.entry(*resource).or_insert((until, limit));
            if known.0 < until {
                *known = (until, limit);
            }
        }
    }

    /// How long nothing may be sent that is taken from this allowance, if so.
    fn closed_for(&self, resource: Resource) -> Option<(Duration, RateLimit)> {
        let now = Instant::now();
        let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        closed.retain(|_, (until, _)| *until > now);
        let (until, limit) = closed.get(&resource)?;
        Some((*until - now, *limit))
    }

    /// Counts a write that is sent now, or says when it may be.
    fn claim(&self, now: Instant) -> Option<Duration> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        while sent.front().is_some_and(|first| *first + HOUR <= now) {
            sent.pop_front();
        }
        let windows = [
            (self.pace.writes_per_minute_max, MINUTE),
            (self.pace.writes_per_hour_max, HOUR),
        ];
        let waits = windows.into_iter().filter_map(|(max, window)| {
            let earlier = sent.len().checked_sub(max.max(1))?;
            (sent[earlier] + window).checked_duration_since(now)
        });
        let wait = waits.max().filter(|wait| !wait.is_zero());
        if wait.is_none() {
            sent.push_back(now);
        }
        wait
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::error::Call;
    use crate::wire::Route;

    fn request(method: http::Method, path: &str) -> Request {
        Request::new(method, Call::new("try", "it"), Route::new(path)).unwrap()
    }

    fn write() -> Request {
        request(http::Method::POST, "repos/o/r/issues")
    }

    #[test]
    fn so_many_writes_a_minute_and_an_hour() {
        let pacer = Pacer::new(Pace {
            writes_per_minute_max: 2,
            writes_per_hour_max: 3,
        });
        let start = Instant::now();
        for (at, want) in [
            (0, None),
            (10, None),
            (20, Some(40)),
            (59, Some(1)),
            (60, None),
            // The first two of the minute before are gone, the hour is full.
            (130, Some(3_470)),
            (3_600, None),
        ] {
            let got = pacer.claim(start + Duration::from_secs(at));
            assert_eq!(got, want.map(Duration::from_secs), "at {at} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_waits_for_its_turn_and_a_read_does_not() {
        let pacer = Pacer::new(Pace {
            writes_per_minute_max: 1,
            ..Pace::default()
        });
        let wait_max = Duration::from_secs(90);
        let start = Instant::now();
        for (request, want) in [
            (write(), 0),
            (request(http::Method::GET, "user"), 0),
            (write(), 60),
            (write(), 120),
        ] {
            pacer.turn(&request, wait_max).await.unwrap();
            assert_eq!(start.elapsed().as_secs(), want, "{}", request.method);
        }
        let late = pacer.turn(&write(), Duration::from_secs(59)).await;
        assert_eq!(
            late.unwrap_err().to_string(),
            "try it: this client's own pace reached; try again in 60 s"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_to_a_limit_that_was_reached() {
        let pacer = Pacer::new(Pace::unlimited());
        let (search, read) = (
            request(http::Method::GET, "search/issues"),
            request(http::Method::GET, "user"),
        );
        pacer.refused(&search, RateLimit::Primary, Duration::from_secs(30));
        let start = Instant::now();
        let now = Duration::ZERO;
        pacer.turn(&read, now).await.unwrap();
        let refused = pacer.turn(&search, now).await.unwrap_err();
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(30)));
        pacer.turn(&search, Duration::from_secs(30)).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 30);

        // Too much in a short time is too much of everything, and the longer wait counts.
        for wait in [20, 10] {
            pacer.refused(&search, RateLimit::Secondary, Duration::from_secs(wait));
        }
        let refused = pacer.turn(&read, now).await.unwrap_err();
        assert_eq!(refused.retry_after(), Some(Duration::from_secs(20)));
    }
}
