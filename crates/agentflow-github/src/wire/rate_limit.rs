//! Recognises that a request was refused for its rate, and how long to wait.
//!
//! GitHub says it in five ways: `retry-after` as seconds or as a date, `x-ratelimit-remaining: 0`
//! with a reset time, only in the text, or with the bare status 429.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;

use crate::error::RateLimit;
use crate::limits::RETRY_AFTER_MAX;

/// The wait GitHub asks for where a secondary limit names none.
const SECONDARY_WAIT: Duration = Duration::from_secs(60);

/// Which limit an answer reports, and the wait, if it reports one.
///
/// `now` is used only where the answer has no `date` of its own.
pub(crate) fn rate_limit(
    status: StatusCode,
    headers: &HeaderMap,
    message: &str,
    now: Timestamp,
) -> Option<(RateLimit, Duration)> {
    if !matches!(
        status,
        StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
    ) {
        return None;
    }
    let clock = header(headers, "date").and_then(http_date).unwrap_or(now);
    if let Some(text) = header(headers, "retry-after") {
        let wait = match text.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => http_date(text).map_or(SECONDARY_WAIT, |at| until(at, clock)),
        };
        return Some((RateLimit::Secondary, wait.min(RETRY_AFTER_MAX)));
    }
    if header(headers, "x-ratelimit-remaining") == Some("0") {
        let reset = header(headers, "x-ratelimit-reset").and_then(|text| text.parse::<i64>().ok());
        let wait = reset
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .map_or(RETRY_AFTER_MAX, |at| until(at, clock));
        return Some((RateLimit::Primary, wait.min(RETRY_AFTER_MAX)));
    }
    let text = message.to_ascii_lowercase();
    let said = [
        "secondary rate limit",
        "abuse detection",
        "api rate limit exceeded",
    ]
    .iter()
    .any(|words| text.contains(words));
    (said || status == StatusCode::TOO_MANY_REQUESTS)
        .then_some((RateLimit::Secondary, SECONDARY_WAIT))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
}

fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text)
        .ok()
        .map(|time| time.timestamp())
}

// A second more than the difference: both clocks only count whole ones.
fn until(at: Timestamp, clock: Timestamp) -> Duration {
    let seconds = at.as_second().saturating_sub(clock.as_second());
    Duration::from_secs(u64::try_from(seconds).map_or(0, |seconds| seconds.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const DATE: (&str, &str) = ("date", "Tue, 03 Nov 2026 10:00:00 GMT");
    const TEXT: &str = "You have exceeded a secondary rate limit. Please wait a few minutes";

    #[test]
    fn every_form_of_a_limit_is_recognised() {
        use RateLimit::{Primary, Secondary};
        let reset = Timestamp::from_second(1_793_700_000 + 30).unwrap();
        let now = Timestamp::from_second(1_793_700_000).unwrap();
        for (name, status, headers, text, want) in [
            (
                "seconds",
                429,
                &[("retry-after", "8")][..],
                "",
                Some((Secondary, 8)),
            ),
            (
                "a date",
                403,
                &[DATE, ("retry-after", "Tue, 03 Nov 2026 10:00:08 GMT")],
                "",
                Some((Secondary, 9)),
            ),
            (
                "a date that passed",
                403,
                &[DATE, ("retry-after", "Tue, 03 Nov 2026 09:00:00 GMT")],
                "",
                Some((Secondary, 0)),
            ),
            (
                "no sense",
                403,
                &[("retry-after", "soon")],
                "",
                Some((Secondary, 60)),
            ),
            (
                "the hour is used up",
                403,
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1793700030"),
                ],
                "Must have push access",
                Some((Primary, 31)),
            ),
            (
                "milliseconds by mistake",
                403,
                &[
                    ("x-ratelimit-remaining", "0"),
                    ("x-ratelimit-reset", "1507651200000"),
                ],
                "",
                Some((Primary, 3900)),
            ),
            (
                "no reset",
                429,
                &[("x-ratelimit-remaining", "0")],
                "",
                Some((Primary, 3900)),
            ),
            (
                "only in the text",
                403,
                &[("x-ratelimit-remaining", "21")],
                TEXT,
                Some((Secondary, 60)),
            ),
            ("only the status", 429, &[], "", Some((Secondary, 60))),
            (
                "a missing right",
                403,
                &[("x-ratelimit-remaining", "21")],
                "Must have push access",
                None,
            ),
            (
                "another status",
                404,
                &[("x-ratelimit-remaining", "0")],
                "",
                None,
            ),
        ] {
            let mut map = HeaderMap::new();
            for (key, value) in headers {
                map.insert(*key, value.parse().unwrap());
            }
            let got = rate_limit(StatusCode::from_u16(status).unwrap(), &map, text, now);
            let want = want.map(|(limit, seconds)| (limit, Duration::from_secs(seconds)));
            assert_eq!(got, want, "{name}");
        }
        assert_eq!(until(reset, now), Duration::from_secs(31));
    }
}
