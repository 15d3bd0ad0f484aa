//! Numbers and moments as Redis keeps them: text of a fixed width whose order by bytes is
//! that of the numbers. Lua's own numbers are doubles, and exact only up to 2^53.

use std::time::Duration;

use agentflow_core::Timestamp;
use agentflow_core::checkpoint::LeaseClock;

/// The first number that Lua may read wrongly.
pub(crate) const INEXACT: u64 = 1 << 53;

/// Longest lease by the server's clock, which Lua adds up: a hundred years.
const LEASE_MAX: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// 20 digits, which every `u64` has room in. A commit writes half a dozen: to let `format!`
/// pad them costs four times as much.
pub(crate) fn padded(number: u64) -> String {
    const ZEROS: &str = "00000000000000000000";
    let digits = number.to_string();
    [&ZEROS[digits.len()..], &digits].concat()
}

pub(crate) fn parse(text: &str) -> Option<u64> {
    text.parse().ok()
}

/// A digit for the sign, then 19: those of a moment before 1970 count from the earliest.
pub(crate) fn moment(time: Timestamp) -> String {
    match u64::try_from(time.0) {
        Ok(micros) => format!("1{micros:019}"),
        Err(_) => format!("0{:019}", time.0.abs_diff(i64::MIN)),
    }
}

pub(crate) fn parse_moment(text: &str) -> Option<Timestamp> {
    let (sign, digits) = text.split_at_checked(1)?;
    let micros: u64 = digits.parse().ok()?;
    let micros = match sign {
        "1" => i64::try_from(micros).ok()?,
        "0" => i64::MIN.checked_add_unsigned(micros)?,
        _ => return None,
    };
    Some(Timestamp(micros))
}

/// The greatest double that is not after the moment: what the index of wake-ups sorts by
/// may be early, but never late.
pub(crate) fn score(time: Timestamp) -> f64 {
    let score = time.0 as f64;
    // In 128 bits, where neither side is rounded.
    if score as i128 > i128::from(time.0) {
        score.next_down()
    } else {
        score
    }
}

/// A moment's or a lease's length for a script that has a clock: `now` and its end by the
/// caller's, or how many microseconds it lasts by the server's.
pub(crate) fn lease_end(clock: LeaseClock, now: Timestamp, ttl: Duration) -> [String; 3] {
    match clock {
        LeaseClock::Caller => [moment(now), moment(now.after(ttl)), String::new()],
        LeaseClock::Store => {
            let micros = ttl.min(LEASE_MAX).as_micros().to_string();
            [String::new(), String::new(), micros]
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn numbers_and_moments_keep_their_order_and_come_back() {
        let numbers = [0, 1, 9, 10, INEXACT, INEXACT + 1, u64::MAX - 1, u64::MAX];
        let padded = numbers.map(padded);
        assert!(padded.is_sorted_by(|a, b| a < b), "{padded:?}");
        assert!(padded.iter().all(|text| text.len() == 20), "{padded:?}");
        assert_eq!(padded.map(|text| parse(&text).unwrap()), numbers);

        let exact = 1 << 53;
        let times = [
            i64::MIN,
            i64::MIN + 1,
            -exact - 1,
            -1,
            0,
            1,
            exact + 1,
            i64::MAX,
        ];
        let times = times.map(Timestamp);
        let moments = times.map(moment);
        assert!(moments.is_sorted_by(|a, b| a < b), "{moments:?}");
        assert!(moments.iter().all(|text| text.len() == 20), "{moments:?}");
        assert_eq!(moments.map(|text| parse_moment(&text).unwrap()), times);
        for damaged in ["", "2", "1x", "é0", "19223372036854775808"] {
            assert_eq!(parse_moment(damaged), None, "{damaged}");
        }
    }

    #[test]
    fn a_score_is_never_after_its_moment() {
        for micros in [
            0,
            1,
            -1,
            (1 << 53) + 1,
            (1 << 53) + 3,
            -(1 << 53) - 1,
            i64::MAX,
            i64::MIN,
        ] {
            let score = score(Timestamp(micros));
            assert!(score as i128 <= i128::from(micros), "{micros}: {score}");
            assert!(
                score.next_up() as i128 >= i128::from(micros),
                "{micros}: {score}"
            );
        }
    }
}
