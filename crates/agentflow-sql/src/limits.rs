//! The limits of what one call may carry, and the conversion of our numbers to those of
//! databases, which are signed.

use agentflow_core::checkpoint::{CommitRequest, LogPosition, Record, RecordsRequest};

use crate::data::DataError;

/// Largest value of one field or record, 256 MiB. The databases themselves end at 1 GB,
/// and a load holds all values of a state in memory at once.
pub const VALUE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Largest encoded checkpoint without its values, 64 MiB: the inputs of sends that
/// wait are in it.
pub const CHECKPOINT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Refuses a commit with the encoded checkpoint `body` that is too large.
pub(crate) fn check_commit(request: &CommitRequest, body: &str) -> Result<(), DataError> {
    check("a checkpoint", body.len(), CHECKPOINT_BYTES_MAX)?;
    let mut values = request.changed.iter().map(|(_, value)| value.len());
    values.try_for_each(|bytes| check("a field's value", bytes, VALUE_BYTES_MAX))?;
    check_values(&request.records)
}

/// Refuses records that are too large, or of another thread than the lease.
pub(crate) fn check_records(request: &RecordsRequest) -> Result<(), DataError> {
    if request.fence.thread != request.checkpoint.thread {
        return Err(DataError::OtherThread {
            fence: request.fence.thread.clone(),
            checkpoint: request.checkpoint.thread.clone(),
        });
    }
    check_values(&request.records)
}

fn check_values(records: &[Record]) -> Result<(), DataError> {
    let mut values = records.iter().map(|record| record.value.len());
    values.try_for_each(|bytes| check("a record", bytes, VALUE_BYTES_MAX))
}

pub(crate) fn check(what: &'static str, bytes: usize, bytes_max: usize) -> Result<(), DataError> {
    if bytes <= bytes_max {
        return Ok(());
    }
    Err(DataError::TooLarge {
        what,
        bytes,
        bytes_max,
    })
}

/// A number of ours as a column holds it.
pub(crate) fn column(what: &'static str, number: u64) -> Result<i64, DataError> {
    i64::try_from(number).map_err(|_| DataError::NumberTooLarge { what, number })
}

/// A number that [`column`] wrote.
pub(crate) fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

/// A number to look for: one that no column holds was never stored, and neither was -1.
pub(crate) fn absent(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(-1)
}

/// A position as a column holds it; one that none holds is after all others.
pub(crate) fn position(after: LogPosition) -> i64 {
    i64::try_from(after.0).unwrap_or(i64::MAX)
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
            assert_eq!(Some(absent(given)), want);
        }
        assert!(column("an id", u64::MAX).is_err());
        assert_eq!(absent(u64::MAX), -1);
    }
}
