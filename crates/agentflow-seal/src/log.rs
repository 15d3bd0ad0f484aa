//! The entries of a stream log: each is sealed for its thread, and none for its position,
//! which it gets later.

use agentflow_core::ThreadId;
use agentflow_core::checkpoint::{LogAppend, LogEntry, LogRoom, LogSlice};

use crate::envelope::{open, seal};
use crate::error::SealError;
use crate::place::Place;
use crate::seal::Seal;

impl Seal {
    pub(crate) fn seal_append(&self, append: &mut LogAppend) -> Result<(), SealError> {
        for value in &mut append.entries {
            *value = seal(self, Place::Log(&append.fence.thread), value)?;
        }
        Ok(())
    }

    /// Ends the page early where what was compressed grows beyond what a page may hold.
    pub(crate) fn open_log(
        &self,
        thread: &ThreadId,
        mut slice: LogSlice,
    ) -> Result<LogSlice, SealError> {
        let mut room = LogRoom::default();
        let mut opened = Vec::with_capacity(slice.entries.len());
        for LogEntry { position, value } in slice.entries {
            let value = open(self, Place::Log(thread), value)?;
            if !room.takes(value.len()) {
                break;
            }
            opened.push(LogEntry { position, value });
        }
        slice.entries = opened;
        Ok(slice)
    }
}
