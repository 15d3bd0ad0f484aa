//! The limits of what one call may carry, and the conversion of our numbers to
//! SQLite's, which are signed.

use agentflow_core::checkpoint::{CommitRequest, Record};

use super::error::SqliteError;

/// Largest value of one field or record, 256 MiB. SQLite itself ends at 1 GB, and a
/// load holds all values of a state in memory at once.
pub const VALUE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Largest encoded checkpoint without its values, 64 MiB: the inputs of sends that
/// wait are in it.
pub const CHECKPOINT_BYTES_MAX: usize = 64 * 1024 * 1024;

pub(super) fn check_commit(request: &CommitRequest, body: &str) -> Result<(), SqliteError> {
    check("a checkpoint", body.len(), CHECKPOINT_BYTES_MAX)?;
    let mut values = request.changed.iter().map(|(_, value)| value.len());
    values.try_for_each(|bytes| check("a field's value", bytes, VALUE_BYTES_MAX))?;
    check_records(&request.records)
}

pub(super) fn check_records(records: &[Record]) -> Result<(), SqliteError> {
    let mut values = records.iter().map(|record| record.value.len());
    values.try_for_each(|bytes| check("a record", bytes, VALUE_BYTES_MAX))
}

fn check(what: &'static str, bytes: usize, bytes_max: usize) -> Result<(), SqliteError> {
    if bytes <= bytes_max {
        return Ok(());
    }
    Err(SqliteError::TooLarge {
        what,
        bytes,
        bytes_max,
    })
}

/// A number of ours as a column holds it.
pub(super) fn column(what: &'static str, number: u64) -> Result<i64, SqliteError> {
    i64::try_from(number).map_err(|_| SqliteError::NumberTooLarge { what, number })
}

/// A number that [`column`] wrote.
pub(super) fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_holds_to_the_byte_and_is_named() {
        assert!(check("a record", 10, 10).is_ok());
        let error = check("a record", 11, 10).map_err(|error| error.to_string());
        assert_eq!(
            error,
            Err("a record has 11 bytes; at most 10 are stored".to_owned())
        );
    }

    #[test]
    fn numbers_go_to_a_column_and_back() {
        for (given, want) in [(0, Some(0)), (7, Some(7)), (u64::MAX >> 1, Some(i64::MAX))] {
            assert_eq!(column("an id", given).ok(), want);
            assert_eq!(want.map(number), Some(given));
        }
        assert!(column("an id", u64::MAX).is_err());
    }
}
