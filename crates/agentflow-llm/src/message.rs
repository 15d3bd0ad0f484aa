//! What was said in a conversation with a model.
//!
//! The serde form is our own and stable, because transcripts go into checkpoints. It is not
//! the form of any provider: `openai` translates.

use serde::{Deserialize, Serialize};

use crate::ToolCall;

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
        /// The rules' text.
        text: String,
    },
    /// What is asked of the model.
    User {
        /// The question's text.
        text: String,
    },
    /// What the model said.
    Assistant(AssistantMessage),
    /// What a tool answered to one call of the model.
    Tool {
        /// The [`ToolCall::id`] this answers.
        call_id: String,
        /// What the model sees of the result.
        content: String,
    },
}

impl Message {
    /// The rules the model works under.
    pub fn system(text: impl Into<String>) -> Self {
        Self::System { text: text.into() }
    }

    /// A question or task for the model.
    pub fn user(text: impl Into<String>) -> Self {
        Self::User { text: text.into() }
    }

    /// Plain words of the model, for examples and tests.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::Assistant(AssistantMessage::text(text))
    }

    /// A tool's answer to the call with that id.
    pub fn tool_result(call_id: impl Into<String>, content: impl Into<String>) -> Self {
        Self::Tool {
            call_id: call_id.into(),
            content: content.into(),
        }
    }

    /// The words of the message; empty for a model's message that only calls tools.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::System { text } | Self::User { text } => text,
            Self::Assistant(message) => message.text.as_deref().unwrap_or_default(),
            Self::Tool { content, .. } => content,
        }
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
        ] {
            assert_eq!(serde_json::to_value(&message).unwrap(), stored);
            assert_eq!(serde_json::from_value::<Message>(stored).unwrap(), message);
        }
    }
}
