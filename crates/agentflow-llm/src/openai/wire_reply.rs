//! The protocol's reply in our words.
//!
//! Lenient where servers differ: a missing id, null fields, arguments as an object. Strict about
//! the one thing that matters, a message.

use serde::Deserialize;
use serde_json::Value;

use super::fault::Asked;
use crate::{AssistantMessage, ChatReply, ChatRequest, FinishReason, ToolCall, Usage};

const MICROS_PER_USD: f64 = 1e6;

#[derive(Debug, Deserialize)]
pub(super) struct WireReply {
    pub(super) id: Option<String>,
    model: Option<String>,
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
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
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

#[derive(Debug, Deserialize)]
struct WireUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
    cost: Option<f64>,
    is_byok: Option<bool>,
    cost_details: Option<CostDetails>,
}

#[derive(Debug, Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct CostDetails {
    upstream_inference_cost: Option<f64>,
}

impl WireReply {
    /// The error of a reply that came with status 200, as a whole or in its first choice.
    pub(super) fn error(&self) -> Option<&Value> {
        if self.error.is_some() {
            return self.error.as_ref();
        }
        let choice = self.choices.as_ref()?.first()?;
        let is_error = choice.finish_reason.as_deref() == Some("error");
        // A choice may say that it failed and not why.
        choice.error.as_ref().or(is_error.then_some(&Value::Null))
    }

    /// Our reply; `None` if there is no message in it.
    pub(super) fn into_reply(self, asked: Asked<'_>, request: &ChatRequest) -> Option<ChatReply> {
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
        let model = self.model.unwrap_or_else(|| asked.model.to_owned());
        let mut reply = ChatReply::new(model, message, usage);
        if let Some(reason) = choice.finish_reason {
            reply.finish = finish(reason);
        }
        if choice
            .native_finish_reason
            .is_some_and(|reason| is_cut_off(&reason))
        {
            reply.finish = FinishReason::Length;
        } else if is_refusal && reply.finish == FinishReason::Stop {
            reply.finish = FinishReason::Refusal;
        }
        reply.request_id = asked.request_id.or(self.id);
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
    fn into_text(self) -> String {
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
        let arguments = match self.function.arguments {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(raw)) => raw,
            Some(value) => value.to_string(),
        };
        ToolCall {
            id: id.unwrap_or_else(|| format!("call_{index}")),
            name: self.function.name,
            arguments,
        }
    }
}

impl WireUsage {
    fn into_usage(self) -> Usage {
        let prompt = self.prompt_tokens.unwrap_or_default();
        let completion = self.completion_tokens.unwrap_or_default();
        let mut usage = Usage::tokens(prompt, completion);
        let cached = self
            .prompt_tokens_details
            .and_then(|details| details.cached_tokens);
        usage.cached_prompt_tokens = cached.unwrap_or_default();
        let reasoning = self.completion_tokens_details;
        let reasoning = reasoning.and_then(|details| details.reasoning_tokens);
        usage.reasoning_tokens = reasoning.unwrap_or_default();
        // With the caller's own key at the provider behind, that provider charges apart.
        let apart = match self.is_byok {
            Some(true) => self
                .cost_details
                .and_then(|details| details.upstream_inference_cost),
            _ => None,
        };
        usage.cost_micro_usd = match (self.cost, apart) {
            (None, None) => None,
            (cost, apart) => Some(micro_usd(cost.unwrap_or(0.0) + apart.unwrap_or(0.0))),
        };
        usage
    }
}

/// Rounded up, so that many small costs never add up to less than was charged.
fn micro_usd(usd: f64) -> u64 {
    // 0.000003 * 1e6 is a little more than 3; that little is no cost.
    const NOISE: f64 = 1e-6;
    // The cast saturates, and makes 0 of NaN and of anything below.
    (usd * MICROS_PER_USD - NOISE).ceil() as u64
}

fn finish(reason: String) -> FinishReason {
    match reason.as_str() {
        "stop" => FinishReason::Stop,
        // `function_call` is the older word for the same.
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "length" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Other(reason),
    }
}

/// OpenRouter calls a tool call that ran into the token limit a plain `tool_calls`; only the
/// word of the provider behind it says that the arguments are incomplete.
fn is_cut_off(native_reason: &str) -> bool {
    let reason = native_reason.to_ascii_lowercase();
    ["length", "max_tokens", "max_output_tokens"].contains(&reason.as_str())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    fn check(reply: Value) -> ChatReply {
        let asked = Asked {
            model: "asked",
            request_id: None,
            retry_after: None,
        };
        let wire: WireReply = serde_json::from_value(reply).unwrap();
        wire.into_reply(asked, &ChatRequest::user("12345678"))
            .unwrap()
    }

    #[test]
    fn a_cost_is_rounded_up_to_whole_millionths() {
        for (usd, want) in [
            (0.0, 0),
            (0.000_003, 3),
            (0.000_003_15, 4),
            (0.000_000_01, 1),
            (0.00019, 190),
            (-1.0, 0),
            (f64::NAN, 0),
        ] {
            assert_eq!(micro_usd(usd), want, "{usd}");
        }
    }

    #[test]
    fn with_an_own_key_the_provider_behind_is_part_of_the_cost() {
        for (is_byok, want) in [(true, 326), (false, 1)] {
            let usage: WireUsage = serde_json::from_value(json!({
                "prompt_tokens": 326, "completion_tokens": 91,
                "cost": 0.000_000_5, "is_byok": is_byok,
                "cost_details": {"upstream_inference_cost": 0.000_325_3},
            }))
            .unwrap();
            assert_eq!(usage.into_usage().cost_micro_usd, Some(want));
        }
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
