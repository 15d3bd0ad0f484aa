//! Why a model stopped, from the words of its server and of the provider behind it.

use crate::{ChatReply, FinishReason};

/// Notes on the reply why it ends. What the server does not say is told by the message.
pub(super) fn finished(
    reply: &mut ChatReply,
    reason: Option<String>,
    native_reason: Option<&str>,
    is_refusal: bool,
) {
    if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
        reply.finish = meaning(reason);
    }
    if native_reason.is_some_and(is_cut_off) {
        reply.finish = FinishReason::Length;
    } else if is_refusal && reply.finish == FinishReason::Stop {
        reply.finish = FinishReason::Refusal;
    }
}

fn meaning(reason: String) -> FinishReason {
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
