//! Replies that come while they are written, from servers that do it well and from others.

use std::time::Duration;

use agentflow_llm::{
    ChatModel, ChatReply, ChatRequest, FinishReason, InvalidReply, ModelError, OpenAiCompatible,
    OpenRouter, ReplyEvent, ToolCall, Usage,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::{MockServer, ResponseTemplate};

use crate::client::{KEY, accept_request, answers, open_router_at, reply_body, serves};

/// A stream of these chunks, without an end.
fn sse(chunks: &[Value]) -> String {
    chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\n\n"))
        .collect()
}

fn words(text: &str) -> Value {
    json!({"id": "gen-1", "model": "m", "choices": [{"index": 0, "delta": {"content": text}}]})
}

fn call(delta: &Value) -> Value {
    json!({"choices": [{"index": 0, "delta": {"tool_calls": [delta]}}]})
}

fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

async fn serves_stream(stream: String) -> MockServer {
    serves(ResponseTemplate::new(200).set_body_raw(stream, "text/event-stream; charset=utf-8"))
        .await
}

/// The events before the last, and how it ended.
async fn read(model: &OpenAiCompatible) -> (Vec<ReplyEvent>, Result<ChatReply, ModelError>) {
    let mut reply = match model.stream(ChatRequest::user("hi")).await {
        Ok(reply) => reply,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let mut events = Vec::new();
    while let Some(event) = reply.next().await {
        match event {
            Ok(ReplyEvent::Done { reply }) => return (events, Ok(reply)),
            Ok(event) => events.push(event),
            Err(error) => return (events, Err(error)),
        }
    }
    panic!("a stream ends with `Done` or with an error");
}

async fn read_stream(stream: String) -> (Vec<ReplyEvent>, Result<ChatReply, ModelError>) {
    read(&open_router_at(&serves_stream(stream).await)).await
}

#[tokio::test]
async fn a_stream_is_asked_for_and_only_others_than_open_router_are_asked_to_count() {
    let stream = || sse(&[words("ok"), finish("stop")]) + "data: [DONE]\n\n";
    let server = serves_stream(stream()).await;
    let plain = OpenAiCompatible::builder(server.uri())
        .models(["m"])
        .build()
        .unwrap();
    for (model, options) in [
        (open_router_at(&server), Value::Null),
        (plain, json!({"include_usage": true})),
    ] {
        read(&model).await.1.unwrap();
        let requests = server.received_requests().await.unwrap();
        let body: Value = serde_json::from_slice(&requests.last().unwrap().body).unwrap();
        assert_eq!(
            (&body["stream"], &body["stream_options"]),
            (&json!(true), &options)
        );
    }
}

#[tokio::test]
async fn calls_are_told_apart_however_a_server_numbers_them() {
    let part = |index: Value, id: Value, name: Value, arguments: &str| {
        call(&json!({"index": index, "id": id, "function": {"name": name, "arguments": arguments}}))
    };
    let null = || Value::Null;
    for (server, parts) in [
        (
            "numbered, with the id first and only once",
            vec![
                part(json!(0), json!("c0"), json!("a"), ""),
                part(json!(0), null(), null(), "{\"x\""),
                part(json!(1), json!("c1"), json!("b"), "{"),
                part(json!(0), null(), null(), ":1}"),
                part(json!(1), null(), null(), "}"),
            ],
        ),
        (
            "all with number 0",
            vec![
                part(json!(0), json!("c0"), json!("a"), "{\"x\":1}"),
                part(json!(0), json!("c1"), json!("b"), "{"),
                part(json!(0), json!("c1"), null(), "}"),
            ],
        ),
        (
            "without numbers and ids",
            vec![
                part(null(), null(), json!("a"), "{\"x\""),
                part(null(), null(), null(), ":1}"),
                part(null(), null(), json!("b"), "{}"),
            ],
        ),
        (
            "without numbers",
            vec![
                part(null(), json!("c0"), json!("a"), "{\"x\""),
                part(null(), null(), null(), ":1}"),
                part(null(), json!("c1"), json!("b"), "{}"),
            ],
        ),
    ] {
        let stream = sse(&parts) + &sse(&[finish("tool_calls")]) + "data: [DONE]\n\n";
        let (events, reply) = read_stream(stream).await;
        let reply = reply.unwrap();
        let ids = match server {
            "without numbers and ids" => ["call_0", "call_1"],
            _ => ["c0", "c1"],
        };
        let want = [
            ToolCall::new(ids[0], "a", r#"{"x":1}"#),
            ToolCall::new(ids[1], "b", "{}"),
        ];
        assert_eq!(reply.message.tool_calls, want, "{server}");
        assert_eq!(reply.finish, FinishReason::ToolCalls, "{server}");
        let begun = events
            .iter()
            .filter(|event| matches!(event, ReplyEvent::ToolCall { .. }));
        assert_eq!(begun.count(), 2, "{server}");
    }
}

#[tokio::test]
async fn a_stream_has_ended_when_the_model_has_finished_whatever_the_server_does_then() {
    let usage = json!({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}});
    let twice = json!({
        "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 2},
    });
    for (server, chunks, end) in [
        (
            "an end without chunks",
            vec![words("ok"), finish("stop"), usage.clone()],
            "data: [DONE]\n\n",
        ),
        (
            "a finish twice",
            vec![words("ok"), finish("stop"), twice],
            "data: [DONE]\n\n",
        ),
        (
            "no `[DONE]`",
            vec![words("ok"), finish("stop"), usage.clone()],
            "",
        ),
        (
            "no finish",
            vec![words("ok"), usage.clone()],
            "data: [DONE]\n\n",
        ),
        (
            "no last empty line",
            vec![words("ok"), finish("stop"), usage],
            "data: [DONE]",
        ),
    ] {
        let (events, reply) = read_stream(sse(&chunks) + end).await;
        let reply = reply.unwrap_or_else(|error| panic!("{server}: {error}"));
        assert_eq!(reply.finish, FinishReason::Stop, "{server}");
        assert_eq!(reply.usage, Usage::tokens(7, 2), "{server}");
        assert_eq!(reply.request_id.as_deref(), Some("gen-1"), "{server}");
        assert_eq!(
            events,
            [ReplyEvent::Text { delta: "ok".into() }],
            "{server}"
        );
    }
}

#[tokio::test]
async fn an_error_before_the_first_word_is_one_of_the_call_and_later_one_of_the_stream() {
    let error = |code: u16| json!({"error": {"code": code, "message": "no room"}, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]});
    for (name, chunks, said) in [
        ("at once", vec![error(429)], 0),
        ("after nothing but a role", vec![words(""), error(429)], 0),
        (
            "later",
            vec![words("half "), words("a sentence"), error(429)],
            2,
        ),
    ] {
        let server = serves_stream(": OPENROUTER PROCESSING\n\n".to_owned() + &sse(&chunks)).await;
        let model = open_router_at(&server);
        let begun = model.stream(ChatRequest::user("hi")).await;
        assert_eq!(begun.is_err(), said == 0, "{name}");
        drop(begun);
        let (events, end) = read(&model).await;
        assert_eq!(events.len(), said, "{name}");
        let error = end.unwrap_err();
        assert!(
            matches!(error, ModelError::RateLimited { .. }),
            "{name}: {error:?}"
        );
        assert!(error.to_string().contains("no room"), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_or_is_none_may_be_asked_for_again() {
    for (stream, want) in [
        (
            sse(&[words("half")]),
            "it ended before the reply was finished",
        ),
        (
            sse(&[words("half"), finish("")]),
            "it ended before the reply was finished",
        ),
        (String::new(), "it ended before the reply was finished"),
        (
            ": OPENROUTER PROCESSING\n\n".into(),
            "it ended before the reply was finished",
        ),
        ("data: [DONE]\n\n".into(), "it holds no choice"),
        (
            sse(&[words("half")]) + "data: {\"choi\n\n",
            "its JSON is broken or of another form",
        ),
        (
            sse(&[words("half")]) + "data: \u{1F980}\n\n",
            "its JSON is broken or of another form",
        ),
    ] {
        let error = read_stream(stream.clone()).await.1.unwrap_err();
        assert!(error.to_string().ends_with(want), "{stream:?}: {error}");
        assert!(error.is_retryable(), "{stream:?}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let server = answers(200, reply_body("all at once")).await;
    let (events, reply) = read(&open_router_at(&server)).await;
    assert_eq!(
        events,
        [ReplyEvent::Text {
            delta: "all at once".into()
        }]
    );
    assert_eq!(reply.unwrap().text(), "all at once");
    let refused = json!({"error": {"code": 402, "message": "no money"}});
    let (_, refused) = read(&open_router_at(&answers(200, refused).await)).await;
    assert!(matches!(
        refused,
        Err(ModelError::InsufficientCredit { .. })
    ));
}

#[tokio::test]
async fn a_stream_is_read_up_to_its_limit_and_no_further() {
    let long = || "x".repeat(100);
    let arguments =
        |_| call(&json!({"index": 0, "id": "c", "function": {"name": "a", "arguments": long()}}));
    let reasoning = |_| json!({"choices": [{"index": 0, "delta": {"reasoning_details": [{"type": "reasoning.encrypted", "data": long()}]}}]});
    let nested = |_| json!({"choices": [{"index": 0, "delta": {"reasoning_details": [{"x": [{"y": "x".repeat(400)}]}]}}]});
    for (name, chunks) in [
        ("nested reasoning", (0..5).map(nested).collect()),
        ("words", (0..50).map(|_| words(&long())).collect::<Vec<_>>()),
        ("arguments", (0..50).map(arguments).collect()),
        ("reasoning", (0..50).map(reasoning).collect()),
        (
            "calls",
            (0..50)
                .map(|n| call(&json!({"index": n, "id": format!("c{n}")})))
                .collect(),
        ),
        ("one event", vec![words(&"x".repeat(2_000))]),
    ] {
        let server = serves_stream(sse(&chunks) + &sse(&[finish("stop")])).await;
        for (bytes_max, is_ok) in [(100_000, true), (1_000, false)] {
            let model = OpenRouter::builder(KEY)
                .base_url(server.uri())
                .reply_bytes_max(bytes_max);
            let reply = read(&model.build().unwrap()).await.1;
            assert_eq!(reply.is_ok(), is_ok, "{name}: {reply:?}");
            if let Err(error) = reply {
                assert!(
                    error.to_string().contains("limit of 1000 bytes"),
                    "{name}: {error}"
                );
                assert!(!error.is_retryable(), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_falls_silent_is_a_timeout_and_dropping_the_stream_hangs_up() {
    for (sent, is_begun) in [
        ("", false),
        ("head", false),
        ("words", true),
        ("no stream", false),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let model = OpenRouter::builder(KEY).base_url(address);
        let model = model
            .timeout(Duration::from_millis(100))
            .idle_timeout(Duration::from_millis(100))
            .build()
            .unwrap();
        let server = async {
            let mut stream = accept_request(&listener).await;
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            let words = sse(&[words("half")]);
            let bytes = match sent {
                "" => String::new(),
                "head" => format!("{head}: OPENROUTER PROCESSING\n\n"),
                "no stream" => "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{".into(),
                _ => format!("{head}{words}"),
            };
            stream.write_all(bytes.as_bytes()).await.unwrap();
            stream
        };
        let ((events, end), mut stream) = tokio::join!(read(&model), server);
        assert_eq!(!events.is_empty(), is_begun, "{sent}");
        let error = end.unwrap_err();
        assert!(
            matches!(error, ModelError::Timeout { .. }),
            "{sent}: {error:?}"
        );
        let waited = match sent {
            "no stream" => "no whole reply within 100ms",
            _ => "nothing came for 100ms",
        };
        assert!(error.to_string().contains(waited), "{sent}: {error}");
        assert_eq!(
            stream.read(&mut [0; 16]).await.unwrap_or(0),
            0,
            "{sent}: hung up"
        );
    }
}

#[tokio::test]
async fn content_in_parts_is_joined_in_a_stream_too() {
    let parts = json!({"choices": [{"index": 0, "delta": {"content": [
        {"type": "thinking", "thinking": []}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"},
    ]}}]});
    let stream = sse(&[parts, words("c"), finish("stop")]) + "data: [DONE]\n\n";
    assert_eq!(read_stream(stream).await.1.unwrap().text(), "abc");
}

#[tokio::test]
async fn a_refusal_instead_of_a_stream_has_its_meaning() {
    let server = answers(429, json!({"error": {"code": 429, "message": "slowly"}})).await;
    let error = read(&open_router_at(&server)).await.1.unwrap_err();
    assert!(matches!(error, ModelError::RateLimited { .. }), "{error:?}");
    let page = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    let error = read(&open_router_at(&serves(page).await))
        .await
        .1
        .unwrap_err();
    let is_page = matches!(
        &error,
        ModelError::InvalidReply {
            problem: InvalidReply::NotJson { .. },
            ..
        }
    );
    assert!(is_page, "{error:?}");
}
