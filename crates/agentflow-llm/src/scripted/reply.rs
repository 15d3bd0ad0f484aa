//! One reply given to a scripted model in code.

use serde_json::Value;

use crate::{AssistantMessage, ChatReply, ChatRequest, ModelError, ToolCall, Usage};

/// The name a scripted model answers under.
pub(crate) const MODEL: &str = "scripted";

/// What a [`ScriptedModel`](crate::ScriptedModel) answers to one request: words, tool calls,
/// both, or an error.
///
/// ```
/// use agentflow_llm::{ScriptedModel, ScriptedReply};
/// use serde_json::json;
///
/// let model = ScriptedModel::replies([
///     ScriptedReply::call("read_file", json!({"path": "src/lib.rs"})),
///     ScriptedReply::from("done"),
/// ]);
/// ```
#[derive(Debug)]
pub struct ScriptedReply {
    answer: Result<AssistantMessage, ModelError>,
    usage: Option<Usage>,
}

impl ScriptedReply {
    /// Calls one tool and says nothing.
    #[must_use]
    pub fn call(tool: impl Into<String>, arguments: Value) -> Self {
        Self::from(AssistantMessage::default()).and_call(tool, arguments)
    }

    /// Calls one tool more. The call's id is made when the reply is given. An error stays one.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers write `json!({…})` in place"
    )]
    pub fn and_call(mut self, tool: impl Into<String>, arguments: Value) -> Self {
        if let Ok(message) = &mut self.answer {
            let call = ToolCall::new("", tool, arguments.to_string());
            message.tool_calls.push(call);
        }
        self
    }

    /// What the reply is said to cost, instead of an estimate from its length and no price.
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.usage = Some(usage);
        self
    }

    /// The reply as the answer to `request`, the `nth` of its model.
    pub(super) fn given(self, nth: usize, request: &ChatRequest) -> Result<ChatReply, ModelError> {
        let mut message = self.answer?;
        for (index, call) in message.tool_calls.iter_mut().enumerate() {
            if call.id.is_empty() {
                call.id = format!("call_{nth}_{index}");
            }
        }
        Ok(chat_reply(message, self.usage, request))
    }
}

/// A scripted answer costs nothing unless it is said to.
pub(super) fn chat_reply(
    message: AssistantMessage,
    usage: Option<Usage>,
    request: &ChatRequest,
) -> ChatReply {
    let usage = usage.unwrap_or_else(|| Usage {
        cost_micro_usd: Some(0),
        ..Usage::estimated(request, &message)
    });
    ChatReply::new(MODEL, message, usage)
}

impl From<AssistantMessage> for ScriptedReply {
    fn from(message: AssistantMessage) -> Self {
        Self {
            answer: Ok(message),
            usage: None,
        }
    }
}

impl From<&str> for ScriptedReply {
    fn from(text: &str) -> Self {
        AssistantMessage::text(text).into()
    }
}

impl From<String> for ScriptedReply {
    fn from(text: String) -> Self {
        AssistantMessage::text(text).into()
    }
}

impl From<ToolCall> for ScriptedReply {
    fn from(call: ToolCall) -> Self {
        AssistantMessage::tool_calls([call]).into()
    }
}

impl From<ModelError> for ScriptedReply {
    fn from(error: ModelError) -> Self {
        Self {
            answer: Err(error),
            usage: None,
        }
    }
}
