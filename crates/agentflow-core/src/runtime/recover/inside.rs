//! What the checkpoints of a graph inside say besides: which task it runs for, and what
//! its nodes have written so far, where that is given back to the graph around it.
//!
//! A graph over the outer graph's state stores it with each of its checkpoints, as a
//! value under a name that no field can have. The whole is encoded anew each time, so
//! that whatever becomes of earlier checkpoints the newest one has it all; what later
//! writes replace is left out.

use super::thread::mid_superstep;
use crate::checkpoint::{Checkpoint, CodecError};
use crate::error::RunError;
use crate::id::{FieldName, ThreadId};
use crate::state::State;

/// The name among a checkpoint's values. No field can be called that.
pub(in crate::runtime) const WRITTEN: &str = "agentflow:written";

/// The key of the metadata that says which task a graph inside runs for.
pub(in crate::runtime) const OWNER: &str = "agentflow.task";

/// What the checkpoint of a graph inside says besides.
#[derive(Debug, Default)]
pub(in crate::runtime) struct Inside {
    /// The task that it was made for, where several tasks share a namespace.
    pub(in crate::runtime) owner: Option<String>,
    /// What its nodes have written, if it gives that back.
    pub(in crate::runtime) written: Option<StoredWrites>,
}

impl Inside {
    pub(super) fn find(checkpoint: &Checkpoint, values: &[(FieldName, Vec<u8>)]) -> Self {
        let written = values.iter().find(|(name, _)| name.as_str() == WRITTEN);
        let written = written.map(|(_, encoded)| StoredWrites {
            state_version: checkpoint.state_version,
            encoded: encoded.clone(),
        });
        Self {
            owner: owner_of(checkpoint).map(str::to_owned),
            written,
        }
    }
}

/// The task that a checkpoint was made for.
pub(in crate::runtime) fn owner_of(checkpoint: &Checkpoint) -> Option<&str> {
    checkpoint.metadata.get(OWNER)?.as_str()
}

/// An update that collects what nodes wrote, as it is stored.
#[derive(Debug)]
pub(in crate::runtime) struct StoredWrites {
    state_version: u32,
    encoded: Vec<u8>,
}

impl StoredWrites {
    pub(in crate::runtime) fn encode<S: State>(written: &S::Update) -> Result<Vec<u8>, CodecError> {
        serde_json::to_vec(written)
            .map_err(|source| CodecError::encoding("what a graph inside wrote", source))
    }

    /// # Errors
    /// If it does not decode, or was written to an older state.
    pub(in crate::runtime) fn decode<S: State>(
        &self,
        thread: &ThreadId,
    ) -> Result<S::Update, RunError> {
        if self.state_version != S::VERSION {
            return Err(mid_superstep(thread, self.state_version, S::VERSION));
        }
        let written = serde_json::from_slice(&self.encoded)
            .map_err(|source| CodecError::decoding("what a graph inside wrote", source))?;
        Ok(written)
    }
}
