//! The very chunks of a stream, as other clients see them.

use agentflow_llm::{ModelError, ModelFault, ScriptedModel, ScriptedReply, Usage};
use agentflow_mock_openai::MockOpenAi;
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::send;

/// The events of the streamed reply; all but the last are JSON.
async fn events(reply: ScriptedReply, more: &Value) -> (Vec<Value>, String) {
    let mock = MockOpenAi::start(ScriptedModel::replies([reply]))
        .await
        .unwrap();
    let mut body =
        json!({"model": "any", "messages": [{"role": "user", "content": "hi"}], "stream": true});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let answer = send(&mock, Method::POST, "/chat/completions", &body.to_string()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let text = answer.text().await.unwrap();
    let mut events: Vec<&str> = text
        .split_terminator("\n\n")
        .map(|event| event.strip_prefix("data: ").unwrap())
        .collect();
    let last = events.pop().unwrap().to_owned();
    let chunks = events
        .iter()
        .map(|event| serde_json::from_str(event).unwrap());
    (chunks.collect(), last)
}

/// What differs from chunk to chunk, after a look at what must not.
fn differences(chunks: &[Value]) -> Vec<Value> {
    let id = &chunks[0]["id"];
    assert!(id.as_str().unwrap().starts_with("chatcmpl-"), "{id}");
    let differences = chunks.iter().map(|chunk| {
        assert_eq!(&chunk["id"], id);
        assert_eq!(chunk["object"], "chat.completion.chunk");
        assert_eq!(chunk["model"], "any");
        assert!(chunk["created"].as_u64().unwrap() > 0);
        let choice = &chunk["choices"][0];
        json!([choice["delta"], choice["finish_reason"], chunk.get("usage")])
    });
    differences.collect()
}

#[tokio::test]
async fn the_role_an_id_and_a_name_come_once_and_the_usage_last() {
    let reply = || {
        ScriptedReply::from("so be")
            .and_call("a", json!({"x": 1}))
            .and_call("b", json!({}))
            .usage(Usage::tokens(7, 2))
    };
    let usage = json!({
        "prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    });
    let begin = |index: u32, name: &str| {
        let function = json!({"name": name, "arguments": ""});
        json!({"tool_calls": [{"index": index, "id": format!("call_1_{index}"), "type": "function", "function": function}]})
    };
    let arguments = |index: u32, part: &str| json!({"tool_calls": [{"index": index, "function": {"arguments": part}}]});
    let deltas = [
        json!({"role": "assistant", "content": "", "refusal": null}),
        json!({"content": "so "}),
        json!({"content": "be"}),
        begin(0, "a"),
        arguments(0, r#"{"x":1}"#),
        begin(1, "b"),
        arguments(1, "{}"),
    ];
    for (options, finish_usage, own_chunk) in [
        (json!({}), &usage, false),
        (
            json!({"stream_options": {"include_usage": false}}),
            &usage,
            false,
        ),
        (
            json!({"stream_options": {"include_usage": true}}),
            &Value::Null,
            true,
        ),
    ] {
        let (mut chunks, last) = events(reply(), &options).await;
        assert_eq!(last, "[DONE]");
        if own_chunk {
            let end = chunks.pop().unwrap();
            assert_eq!((&end["choices"], &end["usage"]), (&json!([]), &usage));
        }
        let mut want: Vec<Value> = deltas
            .iter()
            .map(|delta| json!([delta, null, null]))
            .collect();
        want.push(json!([{}, "tool_calls", finish_usage]));
        assert_eq!(differences(&chunks), want, "{options}");
        // Null where it will come in a chunk of its own, and else not there.
        assert_eq!(chunks[0].get("usage").is_some(), own_chunk, "{options}");
    }
}

#[tokio::test]
async fn a_reply_of_calls_alone_has_no_content() {
    let (chunks, _) = events(ScriptedReply::call("a", json!({})), &json!({})).await;
    assert_eq!(
        chunks[0]["choices"][0]["delta"],
        json!({"role": "assistant", "content": null, "refusal": null})
    );
}

#[tokio::test]
async fn an_error_in_the_middle_is_a_chunk_and_then_the_end() {
    let fault = ModelFault::new("m", "no room");
    let retry_after = Some(std::time::Duration::from_secs(2));
    let reply =
        ScriptedReply::from("half").then_fails(ModelError::RateLimited { fault, retry_after });
    let (chunks, last) = events(reply, &json!({})).await;
    assert_eq!(last, "[DONE]");
    let failed = chunks.last().unwrap();
    let error = json!({
        "message": "no room", "type": "rate_limit_error", "param": null, "code": 429,
        "metadata": {"error_type": "rate_limit_exceeded", "retry_after": 2.0},
    });
    assert_eq!(failed["error"], error);
    assert_eq!(failed["choices"][0]["finish_reason"], "error");
}
