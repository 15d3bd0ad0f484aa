//! What a watcher of a run may learn, and which of it it asked for.

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
        /// Its node.
        node: NodeId,
        /// Which attempt.
        attempt: u32,
    },
    /// A task failed and will run again. Mode [`StreamMode::Tasks`].
    TaskRetries {
        /// Its node.
        node: NodeId,
        /// Which attempt failed.
        attempt: u32,
        /// Why.
        error: String,
    },
    /// A task finished with these writes. Mode [`StreamMode::Updates`].
    Updated {
        /// Its node.
        node: NodeId,
        /// Its update: for each written field its writes.
        update: Value,
    },
    /// A question pauses the thread. Mode [`StreamMode::Updates`].
    Interrupted {
        /// The question.
        interrupt: Interrupt,
    },
    /// The whole state after a superstep. Mode [`StreamMode::Values`].
    Values {
        /// Every field.
        values: Value,
    },
    /// A superstep is durable. Mode [`StreamMode::Checkpoints`].
    Checkpointed {
        /// Its checkpoint.
        id: CheckpointId,
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
    /// The whole state after each superstep.
    Values,
    /// What each task wrote, and questions.
    Updates,
    /// What nodes emit themselves.
    Custom,
    /// Starts and retries of tasks.
    Tasks,
    /// Checkpoints as they become durable.
    Checkpoints,
}

/// The modes of one watcher.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamModes(u8);

impl StreamModes {
    /// All modes.
    pub const ALL: Self = Self(u8::MAX);

    /// Whether `mode` was asked for.
    #[must_use]
    pub fn contains(self, mode: StreamMode) -> bool {
        self.0 & (1 << mode as u8) != 0
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
