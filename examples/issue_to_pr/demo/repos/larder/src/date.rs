//! Days of the calendar.

use std::fmt;
use std::str::FromStr;

/// A day, from the year 0 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Days from this one to the other; negative if the other is earlier.
    pub fn days_until(self, other: Date) -> i32 {
        other.number() - self.number()
    }

    /// Days since the first day of the year 0.
    fn number(self) -> i32 {
        let year = i32::from(self.year);
        let leap_days = (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
        let months: i32 = (1..self.month)
            .map(|month| i32::from(days_in(self.year, month)))
            .sum();
        year * 365 + leap_days + months + i32::from(self.day) - 1
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Reads `2026-05-06`.
impl FromStr for Date {
    type Err = BadDate;

    fn from_str(text: &str) -> Result<Date, BadDate> {
        read(text).ok_or_else(|| BadDate {
            text: text.to_string(),
        })
    }
}

fn read(text: &str) -> Option<Date> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    if [year.len(), month.len(), day.len()] != [4, 2, 2] {
        return None;
    }
    let date = Date {
        year: year.parse().ok()?,
        month: month.parse().ok()?,
        day: day.parse().ok()?,
    };
    let exists =
        (1..=12).contains(&date.month) && (1..=days_in(date.year, date.month)).contains(&date.day);
    exists.then_some(date)
}

/// A text that is not a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadDate {
    /// The text.
    pub text: String,
}

impl fmt::Display for BadDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a date, such as 2026-05-06", self.text)
    }
}

impl std::error::Error for BadDate {}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_counted_over_months_and_leap_years() {
        for (from, to, days) in [
            ("2026-05-06", "2026-05-06", 0),
            ("2026-05-06", "2026-05-13", 7),
            ("2026-01-31", "2026-02-01", 1),
            ("2024-02-28", "2024-03-01", 2),
            ("2026-02-28", "2026-03-01", 1),
            ("2023-12-31", "2025-01-01", 367),
            ("2026-05-06", "2026-05-04", -2),
        ] {
            assert_eq!(date(from).days_until(date(to)), days, "{from} to {to}");
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in ["2026-02-29", "2026-13-01", "2026-04-31", "26-04-01", "soon"] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        assert_eq!(date("2024-02-29").to_string(), "2024-02-29");
    }
}
