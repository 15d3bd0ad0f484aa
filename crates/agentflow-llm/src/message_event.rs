//! What watchers of a conversation are told: messages, and the pieces of one that is written.

use serde::{Deserialize, Serialize};

use crate::{Message, ReplyEvent};

/// What watchers of [`StreamMode::Messages`](agentflow_core::StreamMode::Messages) are told
/// by an [`agent`](crate::agent).
///
/// As JSON a piece has a `message_id` and a `type`, a whole message has a `role`:
///
/// ```
/// use agentflow_llm::{MessageDelta, MessageEvent, ReplyEvent};
/// use serde_json::json;
///
/// # fn main() -> Result<(), serde_json::Error> {
/// let pieces = [
///     json!({"message_id": "m1", "type": "text", "delta": "It is "}),
///     json!({"message_id": "m1", "type": "text", "delta": "sunny."}),
///     json!({"role": "assistant", "id": "m1", "text": "It is sunny."}),
/// ];
/// let mut said = String::new();
/// for piece in pieces {
///     match serde_json::from_value(piece)? {
///         MessageEvent::Delta(MessageDelta { event: ReplyEvent::Text { delta }, .. }) => {
///             said += &delta; // show it
///         }
///         MessageEvent::Whole(message) => assert_eq!(message.text(), said),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum MessageEvent {
    /// A model writes a message: what is new.
    Delta(MessageDelta),
    /// A message as it joins the conversation. It counts, whatever its pieces said.
    Whole(Message),
}

/// What is new in a message that a model writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MessageDelta {
    /// The id that the message has once it is whole.
    pub message_id: String,
    /// What the model wrote. Never [`ReplyEvent::Done`]: the whole message follows.
    #[serde(flatten)]
    pub event: ReplyEvent,
}
