//! What a store is asked for, and a checkpoint as it answers.

use serde_json::Value;

use super::error::CheckpointError;
use super::event::EventId;
use super::lease::Fence;
use super::limits::check_metadata;
use super::record::{Checkpoint, CheckpointKey, CheckpointSource, Record};
use crate::clock::Timestamp;
use crate::id::{CheckpointId, FieldName, Namespace, Step, ThreadId};

/// One superstep to be made durable.
#[derive(Clone, Debug)]
pub struct CommitRequest {
    /// The writer's right.
    pub fence: Fence,
    /// The graph in the thread's tree of graphs.
    pub namespace: Namespace,
    /// The head it must build on.
    pub expected_head: Option<CheckpointId>,
    /// What to make the head. Its id is above the expected head's. Its parent is any
    /// checkpoint of the graph: a fork goes on from an older one. Boxed, since a request is
    /// handed from layer to layer.
    pub checkpoint: Box<Checkpoint>,
    /// The values of the fields that changed, by name; of one whose checkpoints are pieces,
    /// the newest piece.
    pub changed: Vec<(FieldName, Vec<u8>)>,
    /// What tasks of the superstep that this checkpoint ends leave on the checkpoint it
    /// was built on, its parent, in the same transaction.
    pub records: Vec<Record>,
    /// Events that the superstep has taken: they are forgotten with the commit. One
    /// that is not there any more is no error.
    pub taken: Vec<EventId>,
}

impl CommitRequest {
    /// Refuses what no store takes, whatever it has.
    ///
    /// # Errors
    /// `NoParent` for records without a parent, `TooMuch` for too much metadata.
    pub fn check(&self) -> Result<(), CheckpointError> {
        if self.checkpoint.parent.is_none() && !self.records.is_empty() {
            let thread = self.fence.thread.clone();
            return Err(CheckpointError::NoParent { thread });
        }
        check_metadata(&self.fence.thread, &self.checkpoint)
    }
}

/// Records to be made durable.
#[derive(Clone, Debug)]
pub struct RecordsRequest {
    /// The writer's right.
    pub fence: Fence,
    /// The checkpoint whose unfinished superstep they belong to.
    pub checkpoint: CheckpointKey,
    /// The records, in order.
    pub records: Vec<Record>,
    /// What they mean for the thread's wake-up.
    pub wake: Wake,
}

/// What becomes of a thread's wake-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wake {
    /// It stays as it is.
    #[default]
    Keep,
    /// The thread wakes at this time.
    At(Timestamp),
    /// Nothing wakes the thread but a person or an event.
    Never,
    /// The thread falls asleep after it has looked at its events: it wakes at `time`, if
    /// there is one. If an event above `seen` waits, which has come meanwhile, the wake-up
    /// that its delivery has set stays, so that none is slept through.
    AfterEvents {
        /// The newest event that it has looked at; 0 for none.
        seen: EventId,
        /// When it wakes without an event.
        time: Option<Timestamp>,
    },
}

/// Which checkpoints to list.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// Of this thread.
    pub thread: ThreadId,
    /// Of this graph.
    pub namespace: Namespace,
    /// Only those older than this one.
    pub before: Option<CheckpointId>,
    /// At most so many, of those that match.
    pub limit: u32,
    /// Only those that this made.
    pub source: Option<CheckpointSource>,
    /// Only those that end this superstep.
    pub step: Option<Step>,
    /// Only those whose metadata has all of these, with equal values.
    pub metadata: Vec<(String, Value)>,
}

impl HistoryPage {
    /// Whether every checkpoint matches.
    #[must_use]
    pub fn takes_all(&self) -> bool {
        self.source.is_none() && self.step.is_none() && self.metadata.is_empty()
    }

    /// Whether a checkpoint is of the source and step that are asked for, and has all
    /// of the metadata.
    #[must_use]
    pub fn matches(&self, checkpoint: &Checkpoint) -> bool {
        let mut wanted = self.metadata.iter();
        self.source.is_none_or(|source| checkpoint.source == source)
            && self.step.is_none_or(|step| checkpoint.step == step)
            && wanted.all(|(key, value)| checkpoint.metadata.get(key) == Some(value))
    }
}

/// A checkpoint as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// The value of every field that was ever written, by name. A field that is stored in
    /// pieces comes as often as it has pieces, in their order: as [`Checkpoint::fields`]
    /// lists them.
    pub values: Vec<(FieldName, Vec<u8>)>,
    /// What tasks of the superstep after it have left, in the order of task, kind and key.
    pub records: Vec<Record>,
}
