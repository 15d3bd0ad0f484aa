//! What a model answered.
//!
//! The whole of one answer; one that is still being written is a `ReplyStream`.

use serde::{Deserialize, Serialize};

use crate::{AssistantMessage, Usage};

/// A model's answer to one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChatReply {
    /// What the model said; append it to the conversation as it is.
    pub message: AssistantMessage,
    /// What the answer cost.
    pub usage: Usage,
    /// Why the model stopped.
    pub finish: FinishReason,
    /// The model that answered, which may be a fallback of the one asked.
    pub model: String,
    /// The provider's id of this exchange, for support and cost look-ups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Who ran the model, where the one asked is a broker such as OpenRouter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

impl ChatReply {
    /// A reply of that model; the finish reason follows from the message.
    pub fn new(model: impl Into<String>, message: AssistantMessage, usage: Usage) -> Self {
        let finish = if message.tool_calls.is_empty() {
            FinishReason::Stop
        } else {
            FinishReason::ToolCalls
        };
        Self {
            message,
            usage,
            finish,
            model: model.into(),
            request_id: None,
            provider: None,
        }
    }

    /// The model's words; empty when it only called tools.
    #[must_use]
    pub fn text(&self) -> &str {
        self.message.text.as_deref().unwrap_or_default()
    }
}

/// Why a model stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FinishReason {
    /// It had said everything.
    Stop,
    /// It waits for the results of its tool calls.
    ToolCalls,
    /// It ran into the token limit; the message is cut off.
    Length,
    /// A filter of the provider cut the message off.
    ContentFilter,
    /// The model declined; the text says so in its words.
    Refusal,
    /// A reason this version does not know.
    Other(String),
}
