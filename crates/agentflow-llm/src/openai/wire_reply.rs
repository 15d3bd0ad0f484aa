//! The protocol's reply in our words.
//!
//! Lenient where servers differ: a missing id, null fields, arguments as an object. Strict about
//! the one thing that matters, a message.

use serde::Deserialize;
use serde_json::Value;

use super::fault::Asked;
use super::finish::finished;
use super::server::Server;
use super::wire_usage::WireUsage;
use crate::{AssistantMessage, ChatReply, ChatRequest, InvalidReply, ModelError, ToolCall, Usage};

#[derive(Debug, Deserialize)]
pub(super) struct WireReply {
    id: Option<String>,
    model: Option<String>,
    provider: Option<String>,
    choices: Option<Vec<WireChoice>>,
    usage: Option<WireUsage>,
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct WireChoice {
    message: Option<WireAnswer>,
    finish_reason: Option<String>,
    native_finish_reason: Option<String>,
    error: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct WireAnswer {
    content: Option<Content>,
    refusal: Option<String>,
    tool_calls: Option<Vec<WireCall>>,
    reasoning_details: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
pub(super) struct Part {
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
struct WireCall {
    id: Option<String>,
    function: WireFunction,
}

#[derive(Debug, Deserialize)]
struct WireFunction {
    name: String,
    arguments: Option<Value>,
}

impl WireReply {
    /// The error of a reply that came with status 200, as a whole or in its first choice.
    fn error(&self) -> Option<&Value> {
        if self.error.is_some() {
            return self.error.as_ref();
        }
        let choice = self.choices.as_ref()?.first()?;
        let is_error = choice.finish_reason.as_deref() == Some("error");
        // A choice may say that it failed and not why.
        choice.error.as_ref().or(is_error.then_some(&Value::Null))
    }

    /// Our reply, or what the server says or sends instead of one.
    pub(super) fn into_answer(
        self,
        server: &Server,
        asked: Asked,
        request: &ChatRequest,
    ) -> Result<ChatReply, ModelError> {
        if let Some(error) = self.error() {
            let error = error.clone();
            return Err(server.refused(&error, asked.or_id(self.id)));
        }
        let reply = self.into_reply(asked, request);
        reply.ok_or_else(|| server.invalid(InvalidReply::NoChoice))
    }

    /// Our reply; `None` if there is no message in it.
    fn into_reply(self, asked: Asked, request: &ChatRequest) -> Option<ChatReply> {
        let choice = self.choices?.into_iter().next()?;
        let answer = choice.message?;
        let is_refusal = answer
            .refusal
            .as_deref()
            .is_some_and(|words| !words.is_empty());
        let message = answer.into_message();
        let usage = match self.usage {
            Some(usage) => usage.into_usage(),
            None => Usage::estimated(request, &message),
        };
        let model = self.model.unwrap_or(asked.model);
        let mut reply = ChatReply::new(model, message, usage);
        let native = choice.native_finish_reason;
        finished(
            &mut reply,
            choice.finish_reason,
            native.as_deref(),
            is_refusal,
        );
        reply.request_id = asked.request_id.or(self.id);
        reply.provider = self.provider;
        Some(reply)
    }
}

impl WireAnswer {
    fn into_message(self) -> AssistantMessage {
        let calls = self.tool_calls.unwrap_or_default().into_iter().enumerate();
        let calls = calls.map(|(index, call)| call.into_call(index));
        let mut message = AssistantMessage::tool_calls(calls);
        let words = self.content.map(Content::into_text);
        let words = words.filter(|text| !text.is_empty());
        message.text = words.or(self.refusal.filter(|text| !text.is_empty()));
        message.reasoning = self.reasoning_details.unwrap_or_default();
        message
    }
}

impl Content {
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(parts) => parts.into_iter().filter_map(|part| part.text).collect(),
        }
    }
}

impl WireCall {
    /// Some local servers send no id; the place in the message is unique enough to answer it.
    fn into_call(self, index: usize) -> ToolCall {
        let id = self.id.filter(|id| !id.is_empty());
        let arguments = raw_arguments(self.function.arguments);
        ToolCall {
            id: id.unwrap_or_else(|| format!("call_{index}")),
            name: self.function.name,
            arguments,
        }
    }
}

/// Most servers send the raw text; some have parsed it.
pub(super) fn raw_arguments(arguments: Option<Value>) -> String {
    match arguments {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(raw)) => raw,
        Some(value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;
    use crate::FinishReason;

    fn check(reply: Value) -> ChatReply {
        let asked = Asked {
            model: "asked".into(),
            request_id: None,
            retry_after: None,
        };
        let wire: WireReply = serde_json::from_value(reply).unwrap();
        wire.into_reply(asked, &ChatRequest::user("12345678"))
            .unwrap()
    }

    #[test]
    fn a_bare_reply_of_a_local_server_is_enough() {
        let reply = check(json!({"choices": [{"message": {"tool_calls": [
            {"function": {"name": "a", "arguments": {"path": "x"}}},
            {"id": "", "function": {"name": "b", "arguments": null}},
        ]}}]}));
        let calls = [
            ToolCall::new("call_0", "a", r#"{"path":"x"}"#),
            ToolCall::new("call_1", "b", ""),
        ];
        assert_eq!(reply.message, AssistantMessage::tool_calls(calls));
        assert_eq!(reply.finish, FinishReason::ToolCalls);
        assert_eq!(
            (reply.model.as_str(), reply.usage),
            ("asked", Usage::tokens(2, 4))
        );
    }

    #[test]
    fn a_tool_call_cut_off_by_the_token_limit_is_not_a_finished_one() {
        for (native, want) in [
            ("completed", FinishReason::ToolCalls),
            ("length", FinishReason::Length),
            ("max_output_tokens", FinishReason::Length),
            ("MAX_TOKENS", FinishReason::Length),
        ] {
            let reply = check(json!({"choices": [{
                "finish_reason": "tool_calls",
                "native_finish_reason": native,
                "message": {"tool_calls": [{"id": "c", "function": {"name": "a", "arguments": "{"}}]},
            }]}));
            assert_eq!(reply.finish, want, "{native}");
        }
    }

    #[test]
    fn content_in_parts_is_joined_and_a_refusal_is_words() {
        for (message, text, want) in [
            (
                json!({"content": [{"type": "text", "text": "a"}, {"type": "image"}, {"text": "b"}]}),
                "ab",
                FinishReason::Stop,
            ),
            (
                json!({"content": null, "refusal": "no"}),
                "no",
                FinishReason::Refusal,
            ),
            (
                json!({"content": "", "refusal": null}),
                "",
                FinishReason::Stop,
            ),
        ] {
            let reply = check(json!({"choices": [{"message": message, "finish_reason": "stop"}]}));
            assert_eq!((reply.text(), &reply.finish), (text, &want));
        }
    }
}
