//! The encoded forms: a checkpoint, and the records that tasks of the unfinished
//! superstep leave on top of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fields::FieldVersions;
use crate::clock::Timestamp;
use crate::id::{CheckpointId, Fingerprint, Namespace, NodeId, Origin, Step, TaskId, ThreadId};

/// The format that this build writes; it reads this and every older one.
///
/// 1 was the first. 2 stores fields that grow in pieces.
pub const FORMAT: u32 = 2;

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
    pub fingerprint: Fingerprint,
    /// The version of the state's fields.
    pub state_version: u32,
    /// For each field that was ever written, the checkpoint that holds its value, or those
    /// that hold its pieces. Names with a colon are no fields: the library keeps something of its own under them.
    pub fields: FieldVersions,
    /// What runs next; empty when the graph is done.
    pub next: Vec<ScheduledTask>,
    /// Who has reported to joins that still wait.
    pub joins: Vec<SeenByJoin>,
    /// Nodes that wait until nothing else can run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deferred: Vec<NodeId>,
    /// Which life of the thread this belongs to: the ids of questions derive from it,
    /// and a copy of the thread has the same.
    #[serde(default, skip_serializing_if = "Origin::is_unknown")]
    pub origin: Origin,
    /// The epoch of the run that made it; 0 where an older build made it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub run: u64,
    /// What the caller attached to the run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Value>,
    /// The heads that the per-thread graphs inside had when this was made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inner: BTreeMap<Namespace, CheckpointId>,
    /// The tasks whose writes went into it since its parent, step by step; empty where an
    /// older build made it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ran: Vec<RanTask>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
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

/// A task whose writes a checkpoint holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RanTask {
    /// The task; that of `START` has taken in an input.
    pub task: TaskId,
    /// The checkpoint that its records belong to: the one that its superstep was built
    /// on, or, where that was never stored, the one that holds its writes.
    pub base: CheckpointId,
    /// Who made the writes.
    #[serde(default, skip_serializing_if = "WrittenBy::is_node")]
    pub by: WrittenBy,
}

/// Who made a task's writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WrittenBy {
    /// Its node, which ran.
    #[default]
    Node,
    /// A cache, in place of its node.
    Cache,
    /// The error handler of its node, which had failed.
    Handler,
    /// Somebody outside, in place of its node.
    Edit,
}

impl WrittenBy {
    /// Who made the reply of a task that finished.
    pub(crate) fn of_reply(is_handled: bool, is_cached: bool) -> Self {
        match (is_handled, is_cached) {
            (true, _) => Self::Handler,
            (false, true) => Self::Cache,
            (false, false) => Self::Node,
        }
    }

    fn is_node(&self) -> bool {
        *self == Self::Node
    }
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
    /// How long it may take, in milliseconds; without one as long as its node may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
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
    /// The event that a waiting task was given. The first one stays.
    Event,
    /// An undo action that ran. The first one stays.
    Undone,
    /// That the failure of the task is being handled. The first one stays.
    Failed,
    /// What somebody wrote from outside while the thread goes on from here. The first
    /// one stays.
    Amend,
}

impl RecordKind {
    /// Every kind, in the order in which a checkpoint's records come.
    pub const ALL: [Self; 9] = [
        Self::Writes,
        Self::Once,
        Self::Interrupt,
        Self::Answer,
        Self::Error,
        Self::Event,
        Self::Undone,
        Self::Failed,
        Self::Amend,
    ];

    /// Whether a record that is there wins over a later one of the same task and key.
    #[must_use]
    pub fn first_wins(self) -> bool {
        match self {
            Self::Writes | Self::Once | Self::Event | Self::Undone | Self::Failed | Self::Amend => {
                true
            }
            Self::Interrupt | Self::Answer | Self::Error => false,
        }
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
            Self::Event => "event",
            Self::Undone => "undone",
            Self::Failed => "failed",
            Self::Amend => "amend",
        }
    }

    /// The kind that [`RecordKind::as_str`] wrote.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}
