//! Times as the wire and the records write them: RFC 3339 in UTC, whole seconds.

use jiff::{Timestamp, Unit};

/// Now, as `2026-01-31T12:00:00Z`.
pub(crate) fn now() -> String {
    text(Timestamp::now())
}

/// A commit's time in seconds since 1970, as the wire writes it.
pub(crate) fn from_unix(seconds: i64) -> String {
    text(Timestamp::from_second(seconds).unwrap_or_default())
}

/// Seconds since 1970 of a recorded time; the records only hold what [`now`] wrote.
pub(crate) fn to_unix(text: &str) -> i64 {
    text.parse::<Timestamp>().map_or(0, Timestamp::as_second)
}

/// Whether a client's text is a time.
pub(crate) fn is_time(text: &str) -> bool {
    text.parse::<Timestamp>().is_ok()
}

fn text(at: Timestamp) -> String {
    at.round(Unit::Second).unwrap_or(at).to_string()
}
