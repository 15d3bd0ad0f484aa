//! Puts a reply together from its chunks, and tells what each of them adds.
//!
//! Servers differ: a finish comes once, twice or with the usage; calls are numbered, all have
//! number 0, or none has one. Bytes and lines are `sse`'s business, waiting is `streaming`'s.

use serde_json::Value;

use super::fault::Asked;
use super::finish::finished;
use super::reasoning;
use super::wire_chunk::{WireCallDelta, WireChunk, WireDelta, WireFunctionDelta};
use super::wire_reply::{Content, raw_arguments};
use super::wire_usage::WireUsage;
use crate::{AssistantMessage, ChatReply, ChatRequest, ReplyEvent, ToolCall, Usage};

/// A reply of which some chunks have come.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    pub(super) id: Option<String>,
    model: Option<String>,
    provider: Option<String>,
    text: String,
    refusal: String,
    calls: Vec<Call>,
    reasoning: Vec<Value>,
    usage: Option<WireUsage>,
    finish_reason: Option<String>,
    native_finish_reason: Option<String>,
    has_begun: bool,
    bytes: usize,
}

/// What a call weighs besides its arguments.
const CALL_BYTES: usize = 64;

#[derive(Debug)]
struct Call {
    /// The server's own number.
    index: Option<u64>,
    call: ToolCall,
}

impl Assembly {
    /// Takes a chunk in and hands out what it adds.
    ///
    /// # Errors
    /// What the server says instead: an error of the whole chunk or of its choice.
    pub(super) fn add(
        &mut self,
        chunk: WireChunk,
        mut on_event: impl FnMut(ReplyEvent),
    ) -> Result<(), Value> {
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            return Err(error);
        }
        keep(&mut self.id, chunk.id);
        keep(&mut self.model, chunk.model);
        keep(&mut self.provider, chunk.provider);
        if chunk.usage.is_some() {
            self.usage = chunk.usage;
        }
        let choices = chunk.choices.unwrap_or_default();
        // One answer was asked for.
        for choice in choices.into_iter().filter(|choice| choice.index == 0) {
            self.has_begun = true;
            if let Some(delta) = choice.delta {
                self.add_delta(delta, &mut on_event);
            }
            let is_error = choice.finish_reason.as_deref() == Some("error");
            if let Some(error) = choice.error.or(is_error.then_some(Value::Null)) {
                return Err(error);
            }
            keep(&mut self.finish_reason, some_words(choice.finish_reason));
            keep(&mut self.native_finish_reason, choice.native_finish_reason);
        }
        Ok(())
    }

    /// Whether the model has said that it is done.
    pub(super) fn is_finished(&self) -> bool {
        self.finish_reason.is_some()
    }

    /// Whether the server has sent any part of an answer, if only an empty one.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// About how much memory the reply takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The whole reply.
    pub(super) fn into_reply(self, asked: Asked, request: &ChatRequest) -> ChatReply {
        let is_refusal = !self.refusal.is_empty();
        let words = if self.text.is_empty() {
            self.refusal
        } else {
            self.text
        };
        let mut message =
            AssistantMessage::tool_calls(self.calls.into_iter().map(|begun| begun.call));
        message.text = Some(words).filter(|words| !words.is_empty());
        message.reasoning = self.reasoning;
        let usage = match self.usage {
            Some(usage) => usage.into_usage(),
            None => Usage::estimated(request, &message),
        };
        let model = self.model.unwrap_or(asked.model);
        let mut reply = ChatReply::new(model, message, usage);
        finished(
            &mut reply,
            self.finish_reason,
            self.native_finish_reason.as_deref(),
            is_refusal,
        );
        reply.request_id = asked.request_id.or(self.id);
        reply.provider = self.provider;
        reply
    }

    fn add_delta(&mut self, delta: WireDelta, on_event: &mut impl FnMut(ReplyEvent)) {
        let reasoned = delta.reasoning.or(delta.reasoning_content);
        if let Some(delta) = some_words(reasoned) {
            self.bytes += delta.len();
            on_event(ReplyEvent::Reasoning { delta });
        }
        let blocks = delta.reasoning_details.unwrap_or_default();
        self.bytes += reasoning::extend(&mut self.reasoning, blocks);
        if let Some(delta) = some_words(delta.content.map(Content::into_text)) {
            self.bytes += delta.len();
            self.text.push_str(&delta);
            on_event(ReplyEvent::Text { delta });
        }
        if let Some(delta) = some_words(delta.refusal) {
            self.bytes += delta.len();
            self.refusal.push_str(&delta);
            on_event(ReplyEvent::Text { delta });
        }
        for call in delta.tool_calls.unwrap_or_default() {
            self.add_call(call, on_event);
        }
    }

    fn add_call(&mut self, delta: WireCallDelta, on_event: &mut impl FnMut(ReplyEvent)) {
        let function = delta.function.unwrap_or(WireFunctionDelta {
            name: None,
            arguments: None,
        });
        let id = delta.id.filter(|id| !id.is_empty());
        let name = some_words(function.name);
        let place = match self.place_of(delta.index, id.as_deref(), name.is_some()) {
            Some(place) => place,
            None => {
                let place = self.calls.len();
                let id = id.unwrap_or_else(|| format!("call_{place}"));
                let name = name.unwrap_or_default();
                on_event(ReplyEvent::ToolCall {
                    index: place,
                    id: id.clone(),
                    name: name.clone(),
                });
                self.bytes += CALL_BYTES + id.len() + name.len();
                let call = ToolCall::new(id, name, "");
                self.calls.push(Call {
                    index: delta.index,
                    call,
                });
                place
            }
        };
        let delta = raw_arguments(function.arguments);
        if !delta.is_empty() {
            self.bytes += delta.len();
            self.calls[place].call.arguments.push_str(&delta);
            on_event(ReplyEvent::Arguments {
                index: place,
                delta,
            });
        }
    }

    /// Where the call is that this continues; `None` if it begins another one.
    fn place_of(&self, index: Option<u64>, id: Option<&str>, is_named: bool) -> Option<usize> {
        let place = match index {
            // The newest: some servers give the same number to every call.
            Some(_) => self.calls.iter().rposition(|call| call.index == index)?,
            // A name without a number or an id begins a call: nothing else tells them apart.
            None if id.is_none() && is_named => return None,
            None => self.calls.len().checked_sub(1)?,
        };
        let is_same = id.is_none_or(|id| self.calls[place].call.id == id);
        is_same.then_some(place)
    }
}

fn keep<T>(known: &mut Option<T>, new: Option<T>) {
    if new.is_some() {
        *known = new;
    }
}

fn some_words(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Anything a server may take for a chunk, good or bad.
    fn any_chunk() -> impl Strategy<Value = Value> {
        let word = || prop_oneof![Just(Value::Null), "[a-c{}\"]{0,3}".prop_map(Value::from)];
        let index = prop_oneof![Just(Value::Null), (0_u64..3).prop_map(Value::from)];
        let call = (index, word(), word(), word()).prop_map(|(index, id, name, arguments)| {
            json!({"index": index, "id": id, "function": {"name": name, "arguments": arguments}})
        });
        let kind = prop::sample::select(&["reasoning.text", "reasoning.summary", "other"][..]);
        let block = (kind, word())
            .prop_map(|(kind, text)| json!({"type": kind, "text": text, "summary": text}));
        let calls = prop::collection::vec(call, 0..3);
        let blocks = prop::collection::vec(block, 0..3);
        let finish = prop_oneof![
            Just(Value::Null),
            Just(json!("stop")),
            Just(json!("tool_calls"))
        ];
        (word(), word(), word(), calls, blocks, finish).prop_map(
            |(content, reasoning, refusal, calls, blocks, finish)| {
                let delta = json!({
                    "content": content, "reasoning": reasoning, "refusal": refusal,
                    "tool_calls": calls, "reasoning_details": blocks,
                });
                json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
            },
        )
    }

    proptest! {
        #[test]
        fn whatever_comes_the_events_add_up_to_the_reply(chunks in prop::collection::vec(any_chunk(), 0..12)) {
            let mut assembly = Assembly::default();
            let (mut text, mut calls) = (String::new(), Vec::new());
            let has_refusal = chunks.iter().any(|chunk| chunk["choices"][0]["delta"]["refusal"].is_string());
            for chunk in chunks {
                let chunk = serde_json::from_value(chunk).unwrap();
                let added = assembly.add(chunk, |event| match event {
                    ReplyEvent::Text { delta } => text += &delta,
                    ReplyEvent::ToolCall { index, id, name } => {
                        assert_eq!(index, calls.len(), "calls begin in order");
                        calls.push(ToolCall::new(id, name, ""));
                    }
                    ReplyEvent::Arguments { index, delta } => calls[index].arguments += &delta,
                    _ => {}
                });
                prop_assert!(added.is_ok());
            }
            let bytes = assembly.bytes();
            let asked = Asked { model: "m".into(), request_id: None, retry_after: None };
            let reply = assembly.into_reply(asked, &ChatRequest::user("hi"));
            prop_assert_eq!(&reply.message.tool_calls, &calls);
            let held = reply.text().len() + calls.iter().map(|call| call.arguments.len()).sum::<usize>();
            prop_assert!(held <= bytes, "{} of {}", held, bytes);
            // A refusal after words is told, and is no part of what was answered.
            prop_assert!(has_refusal || reply.text() == text, "{:?}", text);
        }
    }
}
