//! What a watcher of a run may learn, and which of it it asked for.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checkpoint::CheckpointSource;
use crate::id::{CheckpointId, Namespace, NodeId, Step};
use crate::interrupt::Interrupt;

/// One thing a watcher learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StreamEvent {
    /// The graph it happened in; empty for the outermost.
    pub namespace: Namespace,
    /// The superstep it happened in.
    pub step: Step,
    /// What happened.
    #[serde(flatten)]
    pub kind: StreamKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum StreamKind {
    /// A task starts, for the `attempt`th time from 1. Mode [`StreamMode::Tasks`].
    TaskStarted {
        /// The task, as [`crate::TaskId`] prints it.
        task: String,
        /// Its node.
        node: NodeId,
        /// Which attempt.
        attempt: u32,
        /// What it runs on.
        input: Value,
    },
    /// A task failed and will run again. Mode [`StreamMode::Tasks`].
    TaskRetries {
        /// The task.
        task: String,
        /// Its node.
        node: NodeId,
        /// Which attempt failed.
        attempt: u32,
        /// Why.
        error: String,
    },
    /// A task came to its end. Mode [`StreamMode::Tasks`].
    TaskEnded {
        /// The task.
        task: String,
        /// Its node.
        node: NodeId,
        /// For each written field its value; `{"$writes": [...]}` where it was written
        /// several times. Nothing if it failed or asks.
        result: Option<Value>,
        /// Why it failed.
        error: Option<String>,
        /// What it waits for.
        interrupts: Vec<Interrupt>,
    },
    /// A task finished with these writes. Mode [`StreamMode::Updates`].
    Updated {
        /// Its node.
        node: NodeId,
        /// For each written field its value, nothing if it wrote none; a list of such
        /// if it wrote a field several times. An overwrite is `{"__overwrite__": value}`.
        update: Value,
        /// Whether it had finished in an earlier run, or comes from the cache.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        cached: bool,
    },
    /// The thread pauses for this. Modes [`StreamMode::Updates`] and [`StreamMode::Values`].
    Interrupted {
        /// What it waits for.
        interrupt: Interrupt,
    },
    /// The whole state: as a run finds it, and after each superstep that wrote to it.
    /// Mode [`StreamMode::Values`].
    Values {
        /// Every field of the graph's output.
        values: Value,
    },
    /// A superstep is durable. Mode [`StreamMode::Checkpoints`].
    Checkpointed {
        /// Its checkpoint.
        id: CheckpointId,
        /// The checkpoint it was built on.
        parent: Option<CheckpointId>,
        /// What made it.
        source: CheckpointSource,
        /// Every field.
        values: Value,
        /// The tasks that run next, as [`crate::TaskId`] prints them.
        next: Vec<String>,
    },
    /// A message that a node's model makes, whole or a piece of it, by
    /// [`crate::NodeContext::emit_message`]. Mode [`StreamMode::Messages`].
    Message {
        /// The node.
        node: NodeId,
        /// The message, as the model's adapter puts it.
        message: Value,
    },
    /// What a tool that a node calls has to say, by
    /// [`crate::NodeContext::emit_tool_event`]. Mode [`StreamMode::Tools`].
    Tool {
        /// The node.
        node: NodeId,
        /// What happened to the call.
        event: Value,
    },
    /// What a node gave to [`crate::NodeContext::emit`]. Mode [`StreamMode::Custom`].
    Custom {
        /// The node.
        node: NodeId,
        /// What it said.
        value: Value,
    },
}

/// A kind of events a watcher can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StreamMode {
    /// The whole state after each superstep that wrote to it.
    Values,
    /// What each task wrote, and what the thread pauses for.
    Updates,
    /// What nodes emit themselves.
    Custom,
    /// Starts, retries and ends of tasks.
    Tasks,
    /// Checkpoints as they become durable.
    Checkpoints,
    /// Messages of models, as they are made.
    Messages,
    /// Calls of tools.
    Tools,
}

/// The modes of one watcher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamModes(u8);

impl StreamModes {
    /// All modes.
    pub const ALL: Self = Self(0x7f);

    /// Everything about tasks and checkpoints, to see what an engine does.
    pub const DEBUG: Self = Self(1 << StreamMode::Tasks as u8 | 1 << StreamMode::Checkpoints as u8);

    const ROOT_ONLY: u8 = 0x80;

    /// Whether `mode` was asked for.
    #[must_use]
    pub fn contains(self, mode: StreamMode) -> bool {
        self.0 & (1 << mode as u8) != 0
    }

    pub(crate) fn is_none(self) -> bool {
        self.0 & Self::ALL.0 == 0
    }

    /// Only events of the outermost graph.
    #[must_use]
    pub fn without_subgraphs(self) -> Self {
        Self(self.0 | Self::ROOT_ONLY)
    }

    pub(crate) fn wants_subgraphs(self) -> bool {
        self.0 & Self::ROOT_ONLY == 0
    }
}

impl<const N: usize> From<[StreamMode; N]> for StreamModes {
    fn from(modes: [StreamMode; N]) -> Self {
        Self(
            modes
                .into_iter()
                .fold(0, |bits, mode| bits | 1 << mode as u8),
        )
    }
}

impl From<StreamMode> for StreamModes {
    fn from(mode: StreamMode) -> Self {
        [mode].into()
    }
}
