//! How much of each thing a thread has at most. Every store holds the same limits,
//! so that a thread may move from one to another.

use super::error::CheckpointError;
use super::event::Delivery;
use super::record::Checkpoint;
use crate::id::ThreadId;

/// Events that wait with one thread, 10,000: a thread that takes none for so long
/// does not wait for them.
pub const EVENTS_MAX: usize = 10_000;

/// Newer events after which the key of a taken one may be forgotten, 10,000: services
/// send again within days, not after ten thousand others.
pub const KEYS_MAX: u64 = 10_000;

/// Largest payload of one event, 256 KiB: all that wait are read at once. An event
/// that is larger names the place where its content is.
pub const EVENT_BYTES_MAX: usize = 256 * 1024;

/// How bytes begin that a store around another has put into an envelope, such as a sealed
/// store. No encoded content begins so: it is text.
pub const ENVELOPE: [u8; 4] = *b"\xafenv";

/// How much larger an envelope may be than what is in it, 128 bytes: the limits of what
/// callers send hold for what is inside.
pub const ENVELOPE_BYTES_MAX: usize = 128;

/// Largest name or key of an event, 4 KiB.
pub const EVENT_NAME_BYTES_MAX: usize = 4 * 1024;

/// Largest metadata of one checkpoint, encoded, 64 KiB: each checkpoint has it again.
pub const METADATA_BYTES_MAX: usize = 64 * 1024;

pub(super) fn check_delivery(delivery: &Delivery) -> Result<(), CheckpointError> {
    let key = delivery.key.as_ref().map_or(0, String::len);
    let envelope = if delivery.payload.starts_with(&ENVELOPE) {
        ENVELOPE_BYTES_MAX
    } else {
        0
    };
    for (what, found, max) in [
        (
            "bytes in an event's payload",
            delivery.payload.len(),
            EVENT_BYTES_MAX + envelope,
        ),
        (
            "bytes in an event's name",
            delivery.name.len(),
            EVENT_NAME_BYTES_MAX,
        ),
        ("bytes in an event's key", key, EVENT_NAME_BYTES_MAX),
    ] {
        check(&delivery.thread, what, found, max)?;
    }
    Ok(())
}

/// Refuses one more event where `waiting` wait already.
pub(super) fn check_waiting(thread: &ThreadId, waiting: usize) -> Result<(), CheckpointError> {
    check(thread, "events that wait", waiting + 1, EVENTS_MAX)
}

pub(super) fn check_metadata(
    thread: &ThreadId,
    checkpoint: &Checkpoint,
) -> Result<(), CheckpointError> {
    if checkpoint.metadata.is_empty() {
        return Ok(());
    }
    let encoded = serde_json::to_vec(&checkpoint.metadata)
        .map_err(|error| super::CodecError::encoding("a run's metadata", error))?;
    let what = "bytes of metadata in a checkpoint";
    check(thread, what, encoded.len(), METADATA_BYTES_MAX)
}

fn check(
    thread: &ThreadId,
    what: &'static str,
    found: usize,
    max: usize,
) -> Result<(), CheckpointError> {
    if found <= max {
        return Ok(());
    }
    Err(CheckpointError::TooMuch {
        thread: thread.clone(),
        what,
        found,
        max,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn an_envelope_may_be_larger_than_the_payload_in_it() {
        for (name, begin, bytes, is_taken) in [
            ("the largest payload", &b""[..], EVENT_BYTES_MAX, true),
            ("one byte more", b"", EVENT_BYTES_MAX + 1, false),
            (
                "in an envelope",
                &ENVELOPE,
                EVENT_BYTES_MAX + ENVELOPE_BYTES_MAX,
                true,
            ),
            (
                "in too large a one",
                &ENVELOPE,
                EVENT_BYTES_MAX + ENVELOPE_BYTES_MAX + 1,
                false,
            ),
        ] {
            let mut payload = begin.to_vec();
            payload.resize(bytes, b' ');
            let delivery = Delivery {
                thread: "t".into(),
                name: "told".to_owned(),
                payload,
                key: None,
                now: Timestamp(0),
            };
            assert_eq!(delivery.check().is_ok(), is_taken, "{name}");
        }
    }
}
