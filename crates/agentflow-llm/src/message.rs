//! What was said in a conversation with a model.
//!
//! The serde form is our own and stable, because transcripts go into checkpoints. It is not
//! the form of any provider: `openai` translates.
//!
//! A message may have an id, by which a later write to a list of messages finds it. Models and
//! providers never see it.

use agentflow_core::state::Identified;
use serde::{Deserialize, Serialize};

use crate::{Image, ToolCall};

/// One message of a conversation.
///
/// ```
/// use agentflow_llm::Message;
///
/// let messages = [Message::system("You review diffs."), Message::user("+ x")];
/// assert_eq!(messages[1].text(), "+ x");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Message {
    /// The rules the model works under.
    System {
        /// Its id, if it has one; see [`Message::id`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The rules' text.
        text: String,
    },
    /// What is asked of the model.
    User {
        /// Its id, if it has one; see [`Message::id`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The question's text.
        text: String,
        /// Pictures that belong to it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        images: Vec<Image>,
    },
    /// What the model said.
    Assistant(AssistantMessage),
    /// What a tool answered to one call of the model.
    Tool {
        /// Its id, if it has one; see [`Message::id`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The [`ToolCall::id`] this answers.
        call_id: String,
        /// What the model sees of the result.
        content: String,
    },
}

impl Message {
    /// The rules the model works under.
    pub fn system(text: impl Into<String>) -> Self {
        Self::System {
            id: None,
            text: text.into(),
        }
    }

    /// A question or task for the model.
    pub fn user(text: impl Into<String>) -> Self {
        Self::user_with_images(text, [])
    }

    /// A question about pictures, for a model that can see.
    pub fn user_with_images(
        text: impl Into<String>,
        images: impl IntoIterator<Item = Image>,
    ) -> Self {
        Self::User {
            id: None,
            text: text.into(),
            images: images.into_iter().collect(),
        }
    }

    /// Plain words of the model, for examples and tests.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::Assistant(AssistantMessage::text(text))
    }

    /// A tool's answer to the call with that id.
    pub fn tool_result(call_id: impl Into<String>, content: impl Into<String>) -> Self {
        Self::Tool {
            id: None,
            call_id: call_id.into(),
            content: content.into(),
        }
    }

    /// The same message with an id, so that it can be replaced or removed by it.
    ///
    /// ```
    /// use agentflow_llm::Message;
    ///
    /// assert_eq!(Message::user("+ x").with_id("m1").id(), Some("m1"));
    /// ```
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        *self.id_mut() = Some(id.into());
        self
    }

    /// What a list of messages knows it by; one without gets one where it joins a list with
    /// the reducer `messages`.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::System { id, .. } | Self::User { id, .. } | Self::Tool { id, .. } => id,
            Self::Assistant(message) => &message.id,
        }
        .as_deref()
    }

    pub(crate) fn id_mut(&mut self) -> &mut Option<String> {
        match self {
            Self::System { id, .. } | Self::User { id, .. } | Self::Tool { id, .. } => id,
            Self::Assistant(message) => &mut message.id,
        }
    }

    /// The words of the message; empty for a model's message that only calls tools.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::System { text, .. } | Self::User { text, .. } => text,
            Self::Assistant(message) => message.text.as_deref().unwrap_or_default(),
            Self::Tool { content, .. } => content,
        }
    }
}

impl Identified for Message {
    fn id(&self) -> Option<&str> {
        self.id()
    }

    fn set_id(&mut self, id: String) {
        *self.id_mut() = Some(id);
    }
}

impl From<AssistantMessage> for Message {
    fn from(message: AssistantMessage) -> Self {
        Self::Assistant(message)
    }
}

/// What a model said: words, tool calls, or both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AssistantMessage {
    /// Its id, if it has one; see [`Message::id`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The model's words; `None` when it only called tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The tools it wants called, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The model's reasoning exactly as it came.
    ///
    /// Some blocks are signed or encrypted, and a provider refuses the next turn if they come
    /// back changed. Opaque: never edit, reorder or drop one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasoning: Vec<serde_json::Value>,
}

impl AssistantMessage {
    /// A message of words only.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            ..Self::default()
        }
    }

    /// A message of tool calls only.
    pub fn tool_calls(calls: impl IntoIterator<Item = ToolCall>) -> Self {
        Self {
            tool_calls: calls.into_iter().collect(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;
    use crate::ImageDetail;

    #[test]
    fn the_stored_form_of_a_message_is_frozen() {
        let mut called = AssistantMessage::tool_calls([ToolCall::new("c1", "read_file", "{}")]);
        called.reasoning = vec![json!({"type": "reasoning.encrypted", "data": "x=="})];
        for (message, stored) in [
            (
                Message::system("be brief"),
                json!({"role": "system", "text": "be brief"}),
            ),
            (Message::user("+ x"), json!({"role": "user", "text": "+ x"})),
            (
                Message::user_with_images(
                    "what is this?",
                    [
                        Image::bytes("image/png", [1, 2]).detail(ImageDetail::Low),
                        Image::url("https://example.org/a.png"),
                    ],
                ),
                json!({
                    "role": "user",
                    "text": "what is this?",
                    "images": [
                        {"url": "data:image/png;base64,AQI=", "detail": "low"},
                        {"url": "https://example.org/a.png"},
                    ],
                }),
            ),
            (
                Message::assistant("done"),
                json!({"role": "assistant", "text": "done"}),
            ),
            (
                called.into(),
                json!({
                    "role": "assistant",
                    "tool_calls": [{"id": "c1", "name": "read_file", "arguments": "{}"}],
                    "reasoning": [{"type": "reasoning.encrypted", "data": "x=="}],
                }),
            ),
            (
                Message::tool_result("c1", "fn main() {}"),
                json!({"role": "tool", "call_id": "c1", "content": "fn main() {}"}),
            ),
            (
                Message::user("+ x").with_id("m1"),
                json!({"role": "user", "id": "m1", "text": "+ x"}),
            ),
            (
                Message::assistant("done").with_id("m2"),
                json!({"role": "assistant", "id": "m2", "text": "done"}),
            ),
        ] {
            assert_eq!(serde_json::to_value(&message).unwrap(), stored);
            assert_eq!(serde_json::from_value::<Message>(stored).unwrap(), message);
        }
    }
}
