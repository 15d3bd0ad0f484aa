//! The encoded forms: a checkpoint, and the records that tasks of the unfinished
//! superstep leave on top of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Timestamp;
use crate::id::{CheckpointId, Namespace, NodeId, Step, ThreadId};

/// The format that this build writes; it reads this and every older one.
pub const FORMAT: u32 = 1;

/// The address of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CheckpointKey {
    /// The thread it belongs to.
    pub thread: ThreadId,
    /// The graph it belongs to, in a tree of graphs.
    pub namespace: Namespace,
    /// Its number.
    pub id: CheckpointId,
}

/// The state after a superstep, without the fields' values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The encoding's version, see [`FORMAT`].
    pub format: u32,
    /// Its number in thread and namespace.
    pub id: CheckpointId,
    /// The checkpoint it was built on.
    pub parent: Option<CheckpointId>,
    /// The superstep it ends.
    pub step: Step,
    /// What made it.
    pub source: CheckpointSource,
    /// When it was made.
    pub created_at: Timestamp,
    /// The shape of the graph that made it.
    pub fingerprint: String,
    /// The version of the state's fields.
    pub state_version: u32,
    /// For each field that was ever written, the checkpoint that holds its value.
    pub fields: BTreeMap<String, CheckpointId>,
    /// What runs next; empty when the graph is done.
    pub next: Vec<ScheduledTask>,
    /// Who has reported to joins that still wait.
    pub joins: Vec<SeenByJoin>,
}

/// What made a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckpointSource {
    /// An input was taken in.
    Input,
    /// A superstep ended.
    Loop,
    /// Somebody wrote the state from outside.
    Update,
    /// A copy of an older checkpoint, to go on from there.
    Fork,
}

/// A task of the next superstep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduledTask {
    /// The node that will run; `START` while an input waits.
    pub node: NodeId,
    /// 0 for an edge; from 1 for sends.
    pub index: u32,
    /// The input of a send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
}

/// The nodes that have reported to one join since it last fired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenByJoin {
    /// The nodes the join waits for, sorted.
    pub from: Vec<NodeId>,
    /// The node it triggers.
    pub to: NodeId,
    /// Those of `from` that have reported.
    pub seen: Vec<NodeId>,
}

/// Something a task of the unfinished superstep wants remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The task, as [`crate::TaskId`] prints it.
    pub task: String,
    /// What kind of thing it is, which also says what a second one does.
    pub kind: RecordKind,
    /// Which one, where a task may have several of a kind; else empty.
    pub key: String,
    /// Its encoded content.
    pub value: Vec<u8>,
}

/// The kinds of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordKind {
    /// A finished task's command. The first one stays.
    Writes,
    /// The result of an effect under `key`. The first one stays.
    Once,
    /// The questions of a task that pauses. Those of a later pause replace them.
    Interrupt,
    /// The answer to the question with the id `key`; empty if it was taken back. A
    /// later one replaces it.
    Answer,
    /// Why the task failed. A later one replaces it.
    Error,
}

impl RecordKind {
    /// Whether a record that is there wins over a later one of the same task and key.
    #[must_use]
    pub fn first_wins(self) -> bool {
        matches!(self, Self::Writes | Self::Once)
    }

    /// The word that stores keep.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Writes => "writes",
            Self::Once => "once",
            Self::Interrupt => "interrupt",
            Self::Answer => "answer",
            Self::Error => "error",
        }
    }

    /// The kind that [`RecordKind::as_str`] wrote.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Writes,
            Self::Once,
            Self::Interrupt,
            Self::Answer,
            Self::Error,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == word)
    }
}
