//! Questions that pause a thread, and the answers that let it go on.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{InterruptId, Namespace, NodeId, TaskId};

/// A question that pauses a thread until somebody answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Interrupt {
    /// Its name, for an answer by id.
    pub id: InterruptId,
    /// The node that asks.
    pub node: NodeId,
    /// The graph that the node belongs to.
    pub namespace: Namespace,
    /// Which of the node's questions it is.
    pub key: String,
    /// The question, as the node put it.
    pub payload: Value,
}

impl Interrupt {
    pub(crate) fn new(place: &InterruptPlace<'_>, payload: Value) -> Self {
        Self {
            id: place.id(),
            node: place.task.node.clone(),
            namespace: place.namespace.clone(),
            key: place.key.text(),
            payload,
        }
    }
}

/// Where a question is asked. Its id is derived from it, so that a node that
/// runs again asks the same question under the same id.
pub(crate) struct InterruptPlace<'a> {
    pub(crate) thread: &'a str,
    pub(crate) namespace: &'a Namespace,
    pub(crate) base: u64,
    pub(crate) task: &'a TaskId,
    pub(crate) key: QuestionKey<'a>,
}

/// How a node tells its questions apart. A name never equals a place.
#[derive(Clone, Copy)]
pub(crate) enum QuestionKey<'a> {
    Place(u32),
    Name(&'a str),
}

impl QuestionKey<'_> {
    fn text(self) -> String {
        match self {
            Self::Place(place) => place.to_string(),
            Self::Name(name) => name.to_owned(),
        }
    }
}

impl InterruptPlace<'_> {
    pub(crate) fn id(&self) -> InterruptId {
        let kind = match self.key {
            QuestionKey::Place(_) => "place",
            QuestionKey::Name(_) => "name",
        };
        let hex = derive_key(
            "agentflow interrupt id v1",
            &[
                self.thread,
                self.namespace.as_str(),
                &self.base.to_string(),
                &self.task.to_string(),
                kind,
                &self.key.text(),
            ],
        );
        InterruptId::from(&hex[..16])
    }
}

/// A hex digest of `parts`, each told apart by its length, for one purpose.
pub(crate) fn derive_key(purpose: &str, parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key(purpose);
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
