//! The stream log: what a thread's runs have emitted, in order, for readers that were away
//! and come back. The store sees bytes; what they mean is the writer's.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::CheckpointError;
use super::lease::Fence;
use super::limits::{LOG_PAGE_BYTES_MAX, check_append};
use crate::id::ThreadId;

/// An entry's number in its thread's stream log, from 1. Grows by one with each entry and
/// is never given twice, also after the thread was deleted.
///
/// 0 is before the first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct LogPosition(pub u64);

impl fmt::Display for LogPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Entries to be kept.
#[derive(Clone, Debug)]
pub struct LogAppend {
    /// The writer's right.
    pub fence: Fence,
    /// The entries, oldest first; at most [`LOG_APPEND_MAX`](super::LOG_APPEND_MAX). With
    /// none nothing changes, and the newest position is told.
    pub entries: Vec<Vec<u8>>,
    /// How many entries of the thread stay, the newest, these included; at most
    /// [`LOG_ENTRIES_MAX`](super::LOG_ENTRIES_MAX).
    pub keep: u32,
}

impl LogAppend {
    /// Refuses what no store takes, whatever it has.
    ///
    /// # Errors
    /// `TooMuch`, naming what is too much.
    pub fn check(&self) -> Result<(), CheckpointError> {
        check_append(self)
    }

    /// The entries that stay of those that are appended: the newest `keep`.
    #[must_use]
    pub fn kept(&self) -> &[Vec<u8>] {
        let keep = usize::try_from(self.keep).unwrap_or(usize::MAX);
        &self.entries[self.entries.len().saturating_sub(keep)..]
    }
}

/// Which entries to read.
#[derive(Clone, Debug)]
pub struct LogPage {
    /// Of this thread.
    pub thread: ThreadId,
    /// Only those after this one; after 0 all.
    pub after: LogPosition,
    /// At most so many, the oldest.
    pub limit: u32,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Where it is.
    pub position: LogPosition,
    /// As it was appended.
    pub value: Vec<u8>,
}

/// Entries one after another without a hole, and where the log begins and ends, all as
/// they were at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSlice {
    /// The oldest that is kept, or the next to be given where none is.
    pub oldest: LogPosition,
    /// The newest that was ever given, 0 for none. While it is above the last of
    /// `entries`, there is more to read.
    pub newest: LogPosition,
    /// Oldest first. Fewer than asked for if they end, or if the page would be larger than
    /// [`LOG_PAGE_BYTES_MAX`]; but one at least where there is one.
    pub entries: Vec<LogEntry>,
}

impl LogSlice {
    /// Whether a reader that has seen everything up to `after` has missed something: what
    /// came next is not kept any more, or `after` was never given, as to a reader of a store
    /// that has lost its newest writes. It then needs a snapshot of the thread before it
    /// reads on.
    ///
    /// ```
    /// use agentflow_core::checkpoint::{LogPosition, LogSlice};
    ///
    /// let (oldest, newest) = (LogPosition(5), LogPosition(9));
    /// let slice = LogSlice { oldest, newest, entries: Vec::new() };
    /// let gaps = [0, 3, 4, 9, 10].map(|after| slice.has_gap_after(LogPosition(after)));
    /// assert_eq!(gaps, [true, true, false, false, true]);
    /// ```
    #[must_use]
    pub fn has_gap_after(&self, after: LogPosition) -> bool {
        after.0.saturating_add(1) < self.oldest.0 || after > self.newest
    }
}

/// How much more a page takes, for backends that fill one entry by entry.
#[derive(Debug, Default)]
pub struct LogRoom {
    taken: Option<usize>,
}

impl LogRoom {
    /// Whether the page takes the next entry, of so many bytes: not if it has one and would
    /// be larger than [`LOG_PAGE_BYTES_MAX`] with it.
    pub fn takes(&mut self, bytes: usize) -> bool {
        let with = self.taken.unwrap_or(0).saturating_add(bytes);
        if self.taken.is_some() && with > LOG_PAGE_BYTES_MAX {
            return false;
        }
        self.taken = Some(with);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_takes_one_entry_whatever_its_size_and_no_more_than_fit() {
        for (name, sizes, want) in [
            ("nothing", &[][..], 0),
            ("one that is too large", &[LOG_PAGE_BYTES_MAX + 1, 0], 1),
            ("to the byte", &[LOG_PAGE_BYTES_MAX - 1, 1, 0, 1], 3),
            ("small ones", &[1; 9], 9),
        ] {
            let mut room = LogRoom::default();
            let taken = sizes.iter().take_while(|bytes| room.takes(**bytes));
            assert_eq!(taken.count(), want, "{name}");
        }
    }
}
