//! Writes to a list of messages, and their plain JSON.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::id::{Identified, identify};

/// The id that stands for all messages in plain JSON.
const ALL: &str = "__remove_all__";

/// One change to a list of messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageWrite<M> {
    /// Replaces the message with the same id where it stands, or adds it at the end.
    Put(M),
    /// Removes the message with this id. It is an error if there is none.
    Remove(String),
    /// Removes what is there and what the same write put before this.
    RemoveAll,
}

impl<M> MessageWrite<M> {
    /// Removes the message with this id.
    #[must_use]
    pub fn remove(id: impl Into<String>) -> Self {
        Self::Remove(id.into())
    }

    /// Removes everything before it.
    #[must_use]
    pub fn remove_all() -> Self {
        Self::RemoveAll
    }
}

impl<M> From<M> for MessageWrite<M> {
    fn from(message: M) -> Self {
        Self::Put(message)
    }
}

/// What one write does to a list of messages: changes in their order. Each message
/// in it has an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageWrites<M>(pub(super) Vec<MessageWrite<M>>);

impl<M> MessageWrites<M> {
    /// The changes in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[MessageWrite<M>] {
        &self.0
    }
}

impl<M: Identified, W: Into<MessageWrite<M>>> FromIterator<W> for MessageWrites<M> {
    fn from_iter<I: IntoIterator<Item = W>>(writes: I) -> Self {
        let writes = writes.into_iter().map(|write| {
            let mut write = write.into();
            if let MessageWrite::Put(message) = &mut write {
                identify(message);
            }
            write
        });
        Self(writes.collect())
    }
}

impl<M: Identified> From<Vec<M>> for MessageWrites<M> {
    fn from(messages: Vec<M>) -> Self {
        messages.into_iter().collect()
    }
}

impl<M: Serialize> MessageWrites<M> {
    pub(in crate::state) fn to_plain(&self) -> Result<Value, serde_json::Error> {
        let removal = |id: &str| json!({ "type": "remove", "id": id });
        let writes = self.0.iter().map(|write| match write {
            MessageWrite::Put(message) => serde_json::to_value(message),
            MessageWrite::Remove(id) => Ok(removal(id)),
            MessageWrite::RemoveAll => Ok(removal(ALL)),
        });
        writes.collect()
    }
}

impl<M: DeserializeOwned + Identified> MessageWrites<M> {
    pub(in crate::state) fn from_plain(value: Value) -> Result<Self, serde_json::Error> {
        let values = match value {
            Value::Array(values) => values,
            one => vec![one],
        };
        let write = |value: Value| match (value["type"].as_str(), value["id"].as_str()) {
            (Some("remove"), Some(ALL)) => Ok(MessageWrite::RemoveAll),
            (Some("remove"), Some(id)) => Ok(MessageWrite::remove(id)),
            _ => serde_json::from_value(value).map(MessageWrite::Put),
        };
        values.into_iter().map(write).collect()
    }
}
