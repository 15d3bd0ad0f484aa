//! A whole reply in the wire's words. `cost` and `reasoning_details` are OpenRouter's.

use agentflow_llm::{AssistantMessage, ChatReply, FinishReason, ToolCall, Usage};
use serde_json::{Value, json};

use super::head::Head;

const MICROS_PER_USD: f64 = 1e6;

pub(crate) fn whole_reply(head: &Head, reply: &ChatReply) -> Value {
    let mut body = head.fields("chat.completion");
    let choice = json!({
        "index": 0,
        "message": message(&reply.message, &reply.finish),
        "logprobs": null,
        "finish_reason": finish_reason(&reply.finish),
    });
    body.insert("choices".into(), json!([choice]));
    body.insert("usage".into(), usage(&reply.usage));
    body.into()
}

fn message(said: &AssistantMessage, finish: &FinishReason) -> Value {
    let (content, refusal) = match finish {
        FinishReason::Refusal => (&None, &said.text),
        _ => (&said.text, &None),
    };
    let mut message = json!({ "role": "assistant", "content": content, "refusal": refusal });
    if !said.tool_calls.is_empty() {
        message["tool_calls"] = said.tool_calls.iter().map(call).collect();
    }
    if !said.reasoning.is_empty() {
        message["reasoning_details"] = said.reasoning.clone().into();
    }
    message
}

fn call(call: &ToolCall) -> Value {
    let function = json!({ "name": call.name, "arguments": call.arguments });
    json!({ "id": call.id, "type": "function", "function": function })
}

/// A refusal is told beside the words; the reason for its end is an ordinary one.
pub(super) fn finish_reason(finish: &FinishReason) -> &str {
    match finish {
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::Length => "length",
        FinishReason::ContentFilter => "content_filter",
        FinishReason::Other(reason) => reason,
        _ => "stop",
    }
}

pub(super) fn usage(usage: &Usage) -> Value {
    let mut told = json!({
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens(),
        "prompt_tokens_details": { "cached_tokens": usage.cached_prompt_tokens },
        "completion_tokens_details": { "reasoning_tokens": usage.reasoning_tokens },
    });
    if let Some(cost) = usage.cost_micro_usd {
        told["cost"] = json!(cost as f64 / MICROS_PER_USD);
    }
    told
}
