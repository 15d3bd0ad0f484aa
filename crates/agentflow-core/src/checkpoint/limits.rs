//! How much of each thing a thread has at most. Every store holds the same limits,
//! so that a thread may move from one to another.

use super::error::CheckpointError;
use super::event::Delivery;
use super::log::LogAppend;
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

/// Largest entry of a stream log, 1 MiB: more than any event that a watcher is shown at
/// once. An entry that is larger names the place where its content is.
pub const LOG_ENTRY_BYTES_MAX: usize = 1024 * 1024;

/// Entries that the stream log of one thread keeps at most, 100,000: a reader that was away
/// for longer starts from a snapshot of the thread.
pub const LOG_ENTRIES_MAX: u32 = 100_000;

/// Entries of one append, 256: at their largest they are the 256 MiB that every store takes
/// in one call.
pub const LOG_APPEND_MAX: usize = 256;

/// Most bytes of the entries of one page, 4 MiB: a page is held in memory at both ends.
pub const LOG_PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

pub(super) fn check_delivery(delivery: &Delivery) -> Result<(), CheckpointError> {
    let key = delivery.key.as_ref().map_or(0, String::len);
    for (what, found, max) in [
        (
            "bytes in an event's payload",
            delivery.payload.len(),
            EVENT_BYTES_MAX + envelope_of(&delivery.payload),
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

pub(super) fn check_append(append: &LogAppend) -> Result<(), CheckpointError> {
    let thread = &append.fence.thread;
    let (count, keep) = (append.entries.len(), append.keep as usize);
    let what = "entries appended to its stream log at once";
    check(thread, what, count, LOG_APPEND_MAX)?;
    let what = "entries in its stream log";
    check(thread, what, keep, LOG_ENTRIES_MAX as usize)?;
    for entry in &append.entries {
        let what = "bytes in an entry of its stream log";
        let max = LOG_ENTRY_BYTES_MAX + envelope_of(entry);
        check(thread, what, entry.len(), max)?;
    }
    Ok(())
}

/// How much larger than others these bytes may be.
fn envelope_of(bytes: &[u8]) -> usize {
    if bytes.starts_with(&ENVELOPE) {
        ENVELOPE_BYTES_MAX
    } else {
        0
    }
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
    use crate::checkpoint::{Epoch, Fence};
    use crate::clock::Timestamp;

    #[test]
    fn an_envelope_may_be_larger_than_what_is_in_it() {
        for (name, begin, beyond, is_taken) in [
            ("the largest content", &b""[..], 0, true),
            ("one byte more", b"", 1, false),
            ("in an envelope", &ENVELOPE, ENVELOPE_BYTES_MAX, true),
            (
                "in too large a one",
                &ENVELOPE,
                ENVELOPE_BYTES_MAX + 1,
                false,
            ),
        ] {
            let content = |bytes_max: usize| {
                let mut content = begin.to_vec();
                content.resize(bytes_max + beyond, b' ');
                content
            };
            let delivery = Delivery {
                thread: "t".into(),
                name: "told".to_owned(),
                payload: content(EVENT_BYTES_MAX),
                key: None,
                now: Timestamp(0),
            };
            assert_eq!(delivery.check().is_ok(), is_taken, "an event, {name}");
            let append = append(vec![Vec::new(), content(LOG_ENTRY_BYTES_MAX)], 1);
            assert_eq!(append.check().is_ok(), is_taken, "an entry, {name}");
        }
    }

    fn append(entries: Vec<Vec<u8>>, keep: u32) -> LogAppend {
        let (thread, epoch) = ("t".into(), Epoch(1));
        LogAppend {
            fence: Fence { thread, epoch },
            entries,
            keep,
        }
    }

    #[test]
    fn an_append_that_is_too_much_names_what_is() {
        let entries = |count| vec![Vec::new(); count];
        for (append, want) in [
            (append(entries(LOG_APPEND_MAX), LOG_ENTRIES_MAX), None),
            (
                append(entries(LOG_APPEND_MAX + 1), 1),
                Some("257 entries appended to its stream log at once; at most 256"),
            ),
            (
                append(entries(1), LOG_ENTRIES_MAX + 1),
                Some("100001 entries in its stream log; at most 100000"),
            ),
            (
                append(vec![vec![0; LOG_ENTRY_BYTES_MAX + 1]], 1),
                Some("1048577 bytes in an entry of its stream log; at most 1048576"),
            ),
        ] {
            let said = append.check().err().map(|error| error.to_string());
            let is_said = |want| said.as_ref().is_some_and(|said| said.contains(want));
            assert!(want.map_or(said.is_none(), is_said), "{said:?}");
        }
    }
}
