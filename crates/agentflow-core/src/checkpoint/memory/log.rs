//! The stream log of a thread: its newest entries, and how many there ever were.

use std::collections::VecDeque;

use crate::checkpoint::{LogAppend, LogEntry, LogPage, LogPosition, LogRoom, LogSlice};

#[derive(Debug, Default)]
pub(super) struct Log {
    /// Outlives a delete: a position is never given twice.
    newest: u64,
    /// The last one is at `newest`, and none is missing before it.
    entries: VecDeque<Box<[u8]>>,
    /// Of all of these.
    bytes: usize,
}

fn bytes_of(entry: &[u8]) -> usize {
    size_of::<Box<[u8]>>() + entry.len()
}

impl Log {
    /// An empty one, whose positions come after this.
    pub(super) fn above(newest: LogPosition) -> Self {
        Self {
            newest: newest.0,
            ..Self::default()
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn newest(&self) -> LogPosition {
        LogPosition(self.newest)
    }

    fn oldest(&self) -> u64 {
        self.newest - self.entries.len() as u64 + 1
    }

    pub(super) fn append(&mut self, append: LogAppend) -> LogPosition {
        self.newest += append.entries.len() as u64;
        let entries = append.entries.into_iter().map(Vec::into_boxed_slice);
        self.entries
            .extend(entries.inspect(|entry| self.bytes += bytes_of(entry)));
        let gone = self.entries.len().saturating_sub(append.keep as usize);
        let gone = self.entries.drain(..gone);
        self.bytes -= gone.map(|entry| bytes_of(&entry)).sum::<usize>();
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
        *self = Self::above(self.newest());
    }
}
