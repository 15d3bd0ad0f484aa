//! Questions that pause a thread, and whatever else it can wait for.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Timestamp;
use crate::id::{CheckpointId, InterruptId, Namespace, NodeId, Origin, TaskId};
use crate::policy::BudgetLimit;

/// What a thread has paused for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interrupt {
    /// Its name, for an answer by id.
    pub id: InterruptId,
    /// The node that asks; where no node asks, the one that would run next.
    pub node: NodeId,
    /// The graph that the node belongs to.
    pub namespace: Namespace,
    /// Which of the node's questions it is: `#0`, `#1` … by place, or its name.
    pub key: String,
    /// The question, as the node put it.
    pub payload: Value,
    /// What ends the wait.
    #[serde(default, skip_serializing_if = "WaitsFor::is_answer")]
    pub waits_for: WaitsFor,
    /// What an answer must look like, as a JSON schema, if the node says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_schema: Option<Value>,
}

/// What ends a wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WaitsFor {
    /// Somebody's answer.
    #[default]
    Answer,
    /// An event of this name, by [`crate::Thread::deliver`].
    Event(String),
    /// A moment; then [`crate::Thread::proceed`] goes on.
    Time(Timestamp),
    /// Only that somebody calls [`crate::Thread::proceed`].
    Proceed(PauseReason),
}

impl WaitsFor {
    pub(crate) fn is_answer(&self) -> bool {
        matches!(self, Self::Answer)
    }
}

/// Why a run paused without being asked to by a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PauseReason {
    /// A breakpoint before the node.
    Before,
    /// A breakpoint after the node.
    After,
    /// The run was asked to stop at the end of a superstep.
    Drained(String),
    /// The run has spent its budget.
    BudgetSpent(BudgetLimit),
}

impl Interrupt {
    pub(crate) fn new(place: &InterruptPlace<'_>, payload: Value, waits_for: WaitsFor) -> Self {
        Self {
            id: place.id(),
            node: place.task.node.clone(),
            namespace: place.namespace.clone(),
            key: place.key.to_owned(),
            payload,
            waits_for,
            answer_schema: None,
        }
    }

    /// A pause that no node asked for.
    pub(crate) fn pause(node: &NodeId, reason: PauseReason) -> Self {
        let (word, payload) = match &reason {
            PauseReason::Before => ("before", Value::Null),
            PauseReason::After => ("after", Value::Null),
            PauseReason::Drained(why) => ("drained", why.as_str().into()),
            PauseReason::BudgetSpent(limit) => ("budget", limit.to_string().into()),
        };
        Self {
            id: InterruptId::from(format!("{word}:{node}")),
            node: node.clone(),
            namespace: Namespace::root(),
            key: word.to_owned(),
            payload,
            waits_for: WaitsFor::Proceed(reason),
            answer_schema: None,
        }
    }

    /// The same pause, in a graph inside: told apart from those of other graphs, and from
    /// later ones of its own.
    pub(crate) fn inside(mut self, namespace: &Namespace, base: CheckpointId) -> Self {
        if !namespace.is_root() {
            self.id = InterruptId::from(format!("{}@{namespace}/{base}", self.id));
            self.namespace = namespace.clone();
        }
        self
    }

    /// Whether it is a breakpoint, which is passed once somebody has seen it.
    pub(crate) fn is_breakpoint(&self) -> bool {
        matches!(
            self.waits_for,
            WaitsFor::Proceed(PauseReason::Before | PauseReason::After)
        )
    }

    /// The name it has when the same part of a task asks it on another checkpoint.
    pub(crate) fn id_at(&self, origin: &Origin, base: CheckpointId, part: &str) -> InterruptId {
        interrupt_id(origin, &self.namespace, base.0, part, &self.key)
    }

    /// Whether no node asks, so that nothing needs an answer.
    #[must_use]
    pub fn is_pause(&self) -> bool {
        matches!(self.waits_for, WaitsFor::Proceed(_))
    }
}

/// Where a question is asked. Its id is derived from it, so that a node that
/// runs again asks the same question under the same id.
pub(crate) struct InterruptPlace<'a> {
    /// Which life of the thread: a copy asks the same questions, a thread that was
    /// deleted and begun anew does not.
    pub(crate) origin: &'a Origin,
    pub(crate) namespace: &'a Namespace,
    pub(crate) base: u64,
    pub(crate) task: &'a TaskId,
    /// The task's name with the part of it that asks, as [`crate::NodeContext`] says it.
    pub(crate) part: &'a str,
    pub(crate) key: &'a str,
}

impl InterruptPlace<'_> {
    pub(crate) fn id(&self) -> InterruptId {
        interrupt_id(self.origin, self.namespace, self.base, self.part, self.key)
    }
}

fn interrupt_id(
    origin: &Origin,
    namespace: &Namespace,
    base: u64,
    part: &str,
    key: &str,
) -> InterruptId {
    let parts = [
        origin.as_str(),
        namespace.as_str(),
        &base.to_string(),
        part,
        key,
    ];
    let hex = derive_key("agentflow interrupt id v2", &parts);
    InterruptId::from(&hex[..16])
}

/// A hex digest of `parts`, each told apart by its length, for one purpose.
pub(crate) fn derive_key(purpose: &str, parts: &[&str]) -> String {
    digest(purpose, parts).to_hex().to_string()
}

/// 32 bits of a digest of `parts`.
pub(crate) fn derive_bits(purpose: &str, parts: &[&str]) -> u32 {
    let bytes = digest(purpose, parts);
    let mut bits = [0; 4];
    bits.copy_from_slice(&bytes.as_bytes()[..4]);
    u32::from_le_bytes(bits)
}

fn digest(purpose: &str, parts: &[&str]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new_derive_key(purpose);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize()
}
