//! The stream log of a thread: its newest entries, and how many there ever were.

use std::collections::VecDeque;

use crate::checkpoint::{LogAppend, LogEntry, LogPage, LogPosition, LogRoom, LogSlice};

#[derive(Debug, Default)]
pub(super) struct Log {
    /// Outlives a delete: a position is never given twice.
    newest: u64,
    /// The last one is at `newest`, and none is missing before it.
    entries: VecDeque<Box<[u8]>>,
}

impl Log {
    pub(super) fn newest(&self) -> LogPosition {
        LogPosition(self.newest)
    }

    fn oldest(&self) -> u64 {
        self.newest - self.entries.len() as u64 + 1
    }

    pub(super) fn append(&mut self, append: LogAppend) -> LogPosition {
        self.newest += append.entries.len() as u64;
        let entries = append.entries.into_iter();
        self.entries.extend(entries.map(Vec::into_boxed_slice));
        let gone = self.entries.len().saturating_sub(append.keep as usize);
        self.entries.drain(..gone);
        self.newest()
    }

    pub(super) fn read(&self, page: &LogPage) -> LogSlice {
        let oldest = self.oldest();
        let seen = page.after.0.saturating_add(1).saturating_sub(oldest);
        let seen = usize::try_from(seen).unwrap_or(usize::MAX);
        let mut room = LogRoom::default();
        let entries = self.entries.iter().zip(oldest..).skip(seen);
        let entries = entries
            .take(page.limit as usize)
            .take_while(|(value, _)| room.takes(value.len()))
            .map(|(value, position)| LogEntry {
                position: LogPosition(position),
                value: value.to_vec(),
            });
        LogSlice {
            oldest: LogPosition(oldest),
            newest: self.newest(),
            entries: entries.collect(),
        }
    }

    /// Forgets all but which positions were given.
    pub(super) fn clear(&mut self) {
        self.entries = VecDeque::new();
    }
}
