//! The client's manners: headers, limits, time, and answers that are none.

use std::error::Error;
use std::time::Duration;

use agentflow_llm::{
    ChatModel, ChatRequest, InvalidReply, ModelError, OpenAiCompatible, OpenRouter, Usage,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wiremock::matchers::{any, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(crate) const KEY: &str = "sk-or-v1-very-secret";

pub(crate) fn open_router_at(server: &MockServer) -> OpenAiCompatible {
    OpenRouter::builder(KEY)
        .base_url(server.uri())
        .build()
        .unwrap()
}

pub(crate) fn reply_body(text: &str) -> Value {
    json!({
        "id": "gen-1", "model": "openai/gpt-4o-mini",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1, "cost": 0.000_002},
    })
}

/// A server that answers everything with that.
pub(crate) async fn answers(status: u16, body: Value) -> MockServer {
    serves(ResponseTemplate::new(status).set_body_json(body)).await
}

pub(crate) async fn serves(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// The error and all its causes, as a log would show them.
pub(crate) fn all_of(error: &dyn Error) -> String {
    let mut shown = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        shown += &format!(": {cause}");
        source = cause.source();
    }
    shown
}

#[tokio::test]
async fn the_key_and_the_applications_name_travel_as_headers() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200)
        .set_body_json(reply_body("hello"))
        .insert_header("x-generation-id", "gen-from-header");
    Mock::given(method("POST"))
        .and(path("/api/v1/chat/completions"))
        .and(header("authorization", format!("Bearer {KEY}")))
        .and(header("http-referer", "https://example.org"))
        .and(header("x-title", "demo"))
        .and(header("content-type", "application/json"))
        .respond_with(answer)
        .mount(&server)
        .await;
    let model = OpenRouter::builder(format!("{KEY}\n"))
        .base_url(format!("{}/api/v1/", server.uri()))
        .referer("https://example.org")
        .title("demo")
        .build()
        .unwrap();
    let reply = model.complete(ChatRequest::user("hi")).await.unwrap();
    assert_eq!(reply.text(), "hello");
    assert_eq!(reply.request_id.as_deref(), Some("gen-from-header"));
    let mut usage = Usage::tokens(3, 1);
    usage.cost_micro_usd = Some(2);
    assert_eq!(reply.usage, usage);
}

#[tokio::test]
async fn a_local_server_gets_no_authorization() {
    let server = answers(200, reply_body("ok")).await;
    let model = OpenAiCompatible::builder(format!("{}/v1", server.uri()));
    let model = model.models(["qwen"]).build().unwrap();
    model.complete(ChatRequest::user("hi")).await.unwrap();
    let request = &server.received_requests().await.unwrap()[0];
    assert_eq!(request.url.path(), "/v1/chat/completions");
    assert!(!request.headers.contains_key("authorization"));
}

#[tokio::test]
async fn the_key_is_never_shown() {
    let echo =
        json!({"error": {"message": format!("Incorrect API key provided: {KEY}"), "code": 401}});
    for answer in [
        ResponseTemplate::new(401).set_body_json(&echo),
        ResponseTemplate::new(200).set_body_json(&echo),
        ResponseTemplate::new(200).set_body_string(format!("<p>{KEY}</p>")),
        ResponseTemplate::new(500).set_body_string(format!("{}{KEY}", "x".repeat(590))),
    ] {
        let model = open_router_at(&serves(answer).await);
        let error = model.complete(ChatRequest::user("hi")).await.unwrap_err();
        let shown = all_of(&error) + &format!("{model:?}");
        assert!(
            !shown.contains("very-sec") && !shown.contains("sk-or"),
            "{shown}"
        );
    }
    let builder = OpenRouter::builder(KEY).base_url(format!("https://u:{KEY}@host"));
    let shown = format!("{builder:?}") + &all_of(&builder.build().unwrap_err());
    assert!(!shown.contains(KEY), "{shown}");
}

#[tokio::test]
async fn a_page_instead_of_json_says_to_check_the_address() {
    let page = "<html><body>Welcome to nginx</body></html>";
    let server = serves(ResponseTemplate::new(200).set_body_raw(page, "text/html")).await;
    let error = open_router_at(&server)
        .complete(ChatRequest::user("hi"))
        .await
        .unwrap_err();
    assert!(!error.is_retryable());
    let want = format!(
        "{} sent no chat reply: it sent text/html starting with `{page}`; check the base URL",
        server.uri()
    );
    assert_eq!(error.to_string(), want);
}

#[tokio::test]
async fn a_broken_or_empty_reply_may_be_asked_for_again() {
    for (body, is_shape) in [
        (r#"{"choices": [{"mess"#, true),
        (r#"{"choices": "none"}"#, true),
        (r#"{"choices": []}"#, false),
        (r#"{"choices": null}"#, false),
        (r"{}", false),
    ] {
        let server = serves(ResponseTemplate::new(200).set_body_string(body)).await;
        let error = open_router_at(&server)
            .complete(ChatRequest::user("hi"))
            .await
            .unwrap_err();
        assert!(error.is_retryable(), "{body}");
        let ModelError::InvalidReply { problem, .. } = error else {
            panic!("{body}: {error:?}");
        };
        assert_eq!(
            matches!(problem, InvalidReply::Shape { .. }),
            is_shape,
            "{body}: {problem:?}"
        );
    }
}

#[tokio::test]
async fn a_reply_is_read_up_to_its_limit_and_no_further() {
    let body = reply_body(&"x".repeat(1_000));
    let size = body.to_string().len();
    let server = answers(200, body).await;
    for (bytes_max, is_ok) in [(size, true), (size - 1, false)] {
        let model = OpenRouter::builder(KEY)
            .base_url(server.uri())
            .reply_bytes_max(bytes_max);
        let reply = model
            .build()
            .unwrap()
            .complete(ChatRequest::user("hi"))
            .await;
        assert_eq!(reply.is_ok(), is_ok, "{reply:?}");
        if let Err(error) = reply {
            assert!(
                error
                    .to_string()
                    .contains(&format!("limit of {bytes_max} bytes")),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_in_time_is_a_timeout() {
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
    let server = serves(slow).await;
    let model = OpenRouter::builder(KEY)
        .base_url(server.uri())
        .timeout(Duration::from_millis(20));
    let error = model
        .build()
        .unwrap()
        .complete(ChatRequest::user("hi"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, ModelError::Timeout { .. }) && error.is_retryable(),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("no whole reply within 20ms"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_or_hangs_up_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let model = OpenRouter::builder(KEY).base_url(&address).build().unwrap();
    let half = async {
        let mut stream = accept_request(&listener).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"choices\"";
        stream.write_all(head).await.unwrap();
    };
    let (cut, ()) = tokio::join!(model.complete(ChatRequest::user("hi")), half);
    drop(listener);
    let refused = model.complete(ChatRequest::user("hi")).await;
    for error in [cut.unwrap_err(), refused.unwrap_err()] {
        assert!(
            matches!(error, ModelError::Unreachable { .. }) && error.is_retryable(),
            "{error:?}"
        );
        assert!(
            error
                .to_string()
                .starts_with(&format!("cannot reach {address};")),
            "{error}"
        );
    }
}

#[tokio::test]
async fn dropping_the_call_hangs_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let model = OpenRouter::builder(KEY).base_url(address).build().unwrap();
    let mut stream = tokio::select! {
        reply = model.complete(ChatRequest::user("hi")) => panic!("nobody answered, but {reply:?}"),
        stream = accept_request(&listener) => stream,
    };
    assert_eq!(
        stream.read(&mut [0; 16]).await.unwrap_or(0),
        0,
        "the client has hung up"
    );
}

/// Takes a connection and reads a request to its end.
pub(crate) async fn accept_request(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"}") {
        assert_ne!(
            stream.read_buf(&mut read).await.unwrap(),
            0,
            "the request is whole"
        );
    }
    stream
}
