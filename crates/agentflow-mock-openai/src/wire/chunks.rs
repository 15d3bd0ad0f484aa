//! A reply as chunks, while it is written.
//!
//! The role comes in the first chunk, the id and the name of a call in its first and only there,
//! the reason for the end in one without words, the usage last.

use agentflow_llm::{ChatReply, FinishReason, ModelError, ReplyEvent};
use serde_json::{Value, json};

use super::head::Head;
use super::reply::{finish_reason, usage};
use super::request::UsagePlace;
use crate::refusal::Refusal;

/// Turns what happens to a reply into its chunks.
#[derive(Debug)]
pub(crate) struct Chunks {
    head: Head,
    usage: UsagePlace,
    has_begun: bool,
}

impl Chunks {
    pub(crate) fn new(head: Head, usage: UsagePlace) -> Self {
        Self {
            head,
            usage,
            has_begun: false,
        }
    }

    /// The chunks that tell of this.
    pub(crate) fn of(&mut self, event: Result<ReplyEvent, ModelError>) -> Vec<Value> {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "breaks off");
                return vec![self.error(&error)];
            }
        };
        let mut chunks = Vec::new();
        if !std::mem::replace(&mut self.has_begun, true) {
            // As OpenAI does: a reply that only calls tools has no content.
            let content = matches!(event, ReplyEvent::Text { .. }).then_some("");
            let first = json!({ "role": "assistant", "content": content, "refusal": null });
            chunks.push(self.chunk(&first, None));
        }
        match event {
            ReplyEvent::Text { delta } => {
                chunks.push(self.chunk(&json!({ "content": delta }), None));
            }
            ReplyEvent::Reasoning { delta } => {
                chunks.push(self.chunk(&json!({ "reasoning": delta }), None));
            }
            ReplyEvent::ToolCall { index, id, name } => {
                let function = json!({ "name": name, "arguments": "" });
                let call =
                    json!({ "index": index, "id": id, "type": "function", "function": function });
                chunks.push(self.chunk(&json!({ "tool_calls": [call] }), None));
            }
            ReplyEvent::Arguments { index, delta } => {
                let call = json!({ "index": index, "function": { "arguments": delta } });
                chunks.push(self.chunk(&json!({ "tool_calls": [call] }), None));
            }
            ReplyEvent::Done { reply } => chunks.extend(self.end(&reply)),
            // Of a later version; what it adds is in the whole reply.
            _ => {}
        }
        chunks
    }

    fn end(&self, reply: &ChatReply) -> Vec<Value> {
        let mut delta = json!({});
        if !reply.message.reasoning.is_empty() {
            delta["reasoning_details"] = reply.message.reasoning.clone().into();
        }
        // Only now is it known to be one; its words have been told.
        if reply.finish == FinishReason::Refusal {
            delta["refusal"] = reply.text().into();
        }
        let mut finish = self.chunk(&delta, Some(finish_reason(&reply.finish)));
        match self.usage {
            UsagePlace::WithFinish => {
                finish["usage"] = usage(&reply.usage);
                vec![finish]
            }
            UsagePlace::OwnChunk => {
                let mut last = self.head.fields("chat.completion.chunk");
                last.insert("choices".into(), json!([]));
                last.insert("usage".into(), usage(&reply.usage));
                vec![finish, last.into()]
            }
        }
    }

    /// As OpenRouter tells of an error when the status has long been sent.
    fn error(&self, error: &ModelError) -> Value {
        let mut chunk = self.chunk(&json!({ "content": "" }), Some("error"));
        chunk["error"] = Refusal::from(error).to_chunk_json();
        chunk
    }

    fn chunk(&self, delta: &Value, finish_reason: Option<&str>) -> Value {
        let mut chunk = self.head.fields("chat.completion.chunk");
        let choice = json!({
            "index": 0,
            "delta": delta,
            "logprobs": null,
            "finish_reason": finish_reason,
        });
        chunk.insert("choices".into(), json!([choice]));
        if self.usage == UsagePlace::OwnChunk {
            chunk.insert("usage".into(), Value::Null);
        }
        chunk.into()
    }
}
