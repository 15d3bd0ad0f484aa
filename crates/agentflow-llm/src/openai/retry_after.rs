//! Reads `Retry-After`: seconds, or a date.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// How long the answer asks to wait, if it does.
///
/// A date is compared with the answer's own `Date`, so that a wrong clock on either side does
/// not change the wait.
pub(super) fn of(headers: &HeaderMap) -> Option<Duration> {
    let asked = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let now = date.and_then(http_date).unwrap_or_else(Timestamp::now);
    wait(asked, now)
}

fn wait(asked: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = asked.trim().parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until_then = http_date(asked)?.duration_since(now);
    // A date in the past means now.
    Some(until_then.try_into().unwrap_or(Duration::ZERO))
}

fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn seconds_and_dates_become_waits_and_anything_else_none() {
        let now = "2026-11-21T15:00:00Z".parse().unwrap();
        for (asked, want) in [
            ("0", Some(Duration::ZERO)),
            (" 30 ", Some(Duration::from_secs(30))),
            ("1.5", Some(Duration::from_millis(1_500))),
            (
                "Sat, 21 Nov 2026 15:01:40 GMT",
                Some(Duration::from_secs(100)),
            ),
            ("Sat, 21 Nov 2026 14:00:00 GMT", Some(Duration::ZERO)),
            ("-1", None),
            ("NaN", None),
            ("1e300", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(wait(asked, now), want, "{asked:?}");
        }
    }

    #[test]
    fn a_date_is_counted_from_the_servers_own_clock() {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, "Mon, 08 Jun 2026 18:45:36 GMT".parse().unwrap());
        headers.insert(
            RETRY_AFTER,
            "Mon, 08 Jun 2026 18:45:56 GMT".parse().unwrap(),
        );
        assert_eq!(of(&headers), Some(Duration::from_secs(20)));
    }
}
