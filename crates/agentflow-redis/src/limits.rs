//! The limits of what one call may carry. Redis refuses a value of 512 MiB, and closes the
//! connection on a call of 1 GiB or of a million parts.

use agentflow_core::checkpoint::{CommitRequest, Record};

use crate::error::RedisError;

/// Largest value of one field or record, 256 MiB.
pub const VALUE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Largest encoded checkpoint without its values, 64 MiB: the inputs of sends that wait are
/// in it.
pub const CHECKPOINT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Most bytes of one call, 512 MiB: all that one superstep changes.
pub const CALL_BYTES_MAX: usize = 512 * 1024 * 1024;

/// Most parts of one call, one million: a field that changed has two, a record three.
pub const CALL_PARTS_MAX: usize = 1_000_000;

pub(crate) fn check_commit(request: &CommitRequest, body: &[u8]) -> Result<(), RedisError> {
    check("a checkpoint", "bytes", body.len(), CHECKPOINT_BYTES_MAX)?;
    let mut values = request.changed.iter().map(|(_, value)| value.len());
    values.try_for_each(|bytes| check("a field's value", "bytes", bytes, VALUE_BYTES_MAX))?;
    check_records(&request.records)
}

pub(crate) fn check_records(records: &[Record]) -> Result<(), RedisError> {
    let mut values = records.iter().map(|record| record.value.len());
    values.try_for_each(|bytes| check("a record", "bytes", bytes, VALUE_BYTES_MAX))
}

pub(crate) fn check_call(bytes: usize, parts: usize) -> Result<(), RedisError> {
    check("a call", "bytes", bytes, CALL_BYTES_MAX)?;
    check("a call", "parts", parts, CALL_PARTS_MAX)
}

fn check(what: &'static str, of: &'static str, found: usize, max: usize) -> Result<(), RedisError> {
    if found <= max {
        return Ok(());
    }
    Err(RedisError::TooLarge {
        what,
        of,
        found,
        max,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_holds_to_the_byte_and_is_named() {
        assert!(check("a record", "bytes", 10, 10).is_ok());
        let error = check("a record", "bytes", 11, 10).map_err(|error| error.to_string());
        let want = "a record has 11 bytes; at most 10 are stored at once";
        assert_eq!(error, Err(want.to_owned()));
        for (bytes, parts) in [(CALL_BYTES_MAX + 1, 1), (1, CALL_PARTS_MAX + 1)] {
            assert!(check_call(bytes, parts).is_err());
        }
        assert!(check_call(CALL_BYTES_MAX, CALL_PARTS_MAX).is_ok());
    }
}
