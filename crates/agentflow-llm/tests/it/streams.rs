//! Real streams of OpenRouter, replayed through a server on this machine.

use agentflow_llm::{ChatModel, ChatReply, ChatRequest, ModelError, ReplyEvent, SseDecoder};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::client::open_router_at;
use crate::data::{Exchange, streams};
use crate::recorded::check;

/// The recorded streams of the endpoint that the client speaks to.
fn chats() -> Vec<Exchange> {
    let all = streams();
    assert!(all.is_empty() || all.len() == 124, "{} streams", all.len());
    let chats = all.into_iter();
    chats
        .filter(|exchange| exchange.path.ends_with("/chat/completions"))
        .collect()
}

/// The chunks of a stream, read without our types.
fn chunks(stream: &str) -> Vec<Value> {
    let lines = stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    lines
        .filter(|data| *data != "[DONE]")
        .map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

/// What the server would have sent as one body.
fn whole(chunks: &[Value]) -> Value {
    let mut body = json!({"choices": [{"message": {"content": "", "tool_calls": [], "reasoning_details": []}}]});
    for chunk in chunks {
        for field in ["id", "model", "usage"] {
            if !chunk[field].is_null() {
                body[field] = chunk[field].clone();
            }
        }
        let choice = &chunk["choices"][0];
        for field in ["finish_reason", "native_finish_reason"] {
            if !choice[field].is_null() {
                body["choices"][0][field] = choice[field].clone();
            }
        }
        let message = &mut body["choices"][0]["message"];
        append(&mut message["content"], &choice["delta"]["content"]);
        append(&mut message["refusal"], &choice["delta"]["refusal"]);
        for call in choice["delta"]["tool_calls"]
            .as_array()
            .unwrap_or(&Vec::new())
        {
            let calls = message["tool_calls"].as_array_mut().unwrap();
            match calls
                .iter_mut()
                .find(|known| known["index"] == call["index"])
            {
                Some(known) => append(
                    &mut known["function"]["arguments"],
                    &call["function"]["arguments"],
                ),
                None => calls.push(call.clone()),
            }
        }
        for part in choice["delta"]["reasoning_details"]
            .as_array()
            .unwrap_or(&Vec::new())
        {
            let blocks = message["reasoning_details"].as_array_mut().unwrap();
            let is_text = |block: &Value| block["type"] != "reasoning.encrypted";
            match blocks.last_mut() {
                Some(last)
                    if is_text(part)
                        && last["type"] == part["type"]
                        && last["index"] == part["index"] =>
                {
                    append(&mut last["text"], &part["text"]);
                    append(&mut last["summary"], &part["summary"]);
                    append(&mut last["signature"], &part["signature"]);
                    let fields = last.as_object_mut().unwrap();
                    fields.retain(|_, value| !value.is_null());
                }
                _ => blocks.push(part.clone()),
            }
        }
    }
    body
}

fn append(text: &mut Value, more: &Value) {
    if let Some(more) = more.as_str() {
        *text = format!("{}{more}", text.as_str().unwrap_or_default()).into();
    }
}

async fn replay(stream: &str) -> Result<(Vec<ReplyEvent>, ChatReply), ModelError> {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_raw(stream, "text/event-stream");
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let request = ChatRequest::user("replayed");
    let mut reply = open_router_at(&server).stream(request).await?;
    let mut events = Vec::new();
    while let Some(event) = reply.next().await {
        match event? {
            ReplyEvent::Done { reply } => return Ok((events, reply)),
            event => events.push(event),
        }
    }
    panic!("a stream ends with `Done` or with an error");
}

/// The events add up to the reply.
fn check_events(file: &str, events: &[ReplyEvent], reply: &ChatReply) {
    let (mut text, mut calls) = (String::new(), Vec::new());
    for event in events {
        match event {
            ReplyEvent::Text { delta } => text += delta,
            ReplyEvent::ToolCall { index, id, name } => {
                assert_eq!(*index, calls.len(), "{file}");
                calls.push((id.clone(), name.clone(), String::new()));
            }
            ReplyEvent::Arguments { index, delta } => calls[*index].2 += delta,
            _ => {}
        }
    }
    assert_eq!(text, reply.text(), "{file}");
    let replied = reply.message.tool_calls.iter();
    let replied = replied.map(|call| (call.id.clone(), call.name.clone(), call.arguments.clone()));
    assert_eq!(calls, replied.collect::<Vec<_>>(), "{file}");
}

#[tokio::test]
async fn every_recorded_stream_gives_the_reply_that_its_chunks_add_up_to() {
    let mut failed = 0;
    for exchange in chats() {
        let (stream, file) = (exchange.body.as_str().unwrap(), &exchange.file);
        let chunks = chunks(stream);
        match replay(stream).await {
            Ok((events, reply)) => {
                check(file, &whole(&chunks), &reply);
                check_events(file, &events, &reply);
                assert_eq!(
                    reply.provider.as_deref(),
                    chunks[0]["provider"].as_str(),
                    "{file}"
                );
            }
            Err(error) => {
                let said = chunks.iter().find(|chunk| chunk["error"].is_object());
                let said = said.unwrap_or_else(|| panic!("{file}: {error}"));
                let words = said["error"]["message"].as_str().unwrap();
                assert!(error.to_string().contains(words), "{file}: {error}");
                failed += 1;
            }
        }
    }
    assert!(failed <= 1, "one of the recorded streams holds an error");
}

/// After every prefix of a stream the decoder is where it would be had the bytes come one by
/// one, so a cut at any place, or at any number of places, changes nothing.
#[test]
fn a_cut_at_any_byte_of_a_recorded_stream_changes_nothing() {
    const EVENT_BYTES_MAX: usize = 1 << 20;
    let feed = |decoder: &mut SseDecoder, bytes: &[u8]| {
        let mut data = Vec::new();
        decoder
            .feed(bytes, |event| data.push(event.data.to_vec()))
            .unwrap();
        data
    };
    for exchange in streams() {
        let stream = exchange.body.as_str().unwrap().as_bytes();
        let mut one_by_one = SseDecoder::new(EVENT_BYTES_MAX);
        // Where each prefix leads, and the events that the next byte completes.
        let mut states = vec![one_by_one.clone()];
        let mut completed = Vec::new();
        for byte in stream {
            completed.push(feed(&mut one_by_one, &[*byte]));
            states.push(one_by_one.clone());
        }
        // Up to the end of an event: from there on both go the same way.
        for from in 0..stream.len() {
            let mut ends = (from..stream.len()).filter(|place| !completed[*place].is_empty());
            let to = ends.next().map_or(stream.len(), |place| place + 1);
            let mut at_once = states[from].clone();
            let events = feed(&mut at_once, &stream[from..to]);
            assert_eq!(
                events,
                completed[from..to].concat(),
                "{} at {from}",
                exchange.file
            );
            assert_eq!(at_once, states[to], "{} at {from}", exchange.file);
        }
        assert!(completed.iter().flatten().count() > 1, "{}", exchange.file);
    }
}
