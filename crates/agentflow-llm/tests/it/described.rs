//! What is sent, held against OpenRouter's own description of its API.

use agentflow_core::store::Embedder;
use agentflow_llm::{
    AssistantMessage, ChatModel, ChatRequest, DataCollection, EmbeddingDims, Image, ImageDetail,
    MaxPrice, Message, OpenAiCompatible, OpenRouter, ProviderRouting, ProviderSort, ResponseFormat,
    ToolCall, ToolSpec,
};
use jsonschema::Validator;
use serde_json::{Value, json};
use wiremock::MockServer;

use crate::client::{KEY, answers, open_router_at, reply_body};
use crate::data::{self, chat_exchanges};
use crate::wire::ours;

/// Checks against one of the description's schemas; `None` without the description.
fn schema(pointer: &str) -> Option<Validator> {
    let described = data::read("contracts/openrouter-openapi-trimmed.json")?;
    let described: Value = serde_json::from_str(&described).unwrap();
    let root = json!({"$ref": pointer, "components": described["components"], "paths": described["paths"]});
    Some(jsonschema::draft202012::new(&root).unwrap())
}

async fn check(schema: &Validator, server: &MockServer, what: &str) {
    let requests = server.received_requests().await.unwrap();
    let body: Value = serde_json::from_slice(&requests.last().unwrap().body).unwrap();
    let errors: Vec<String> = schema
        .iter_errors(&body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}\n{body:#}");
}

async fn check_chat(
    schema: &Validator,
    model: &OpenAiCompatible,
    server: &MockServer,
    request: ChatRequest,
    what: &str,
) {
    model.complete(request.clone()).await.unwrap();
    check(schema, server, what).await;
    drop(model.stream(request).await.unwrap());
    check(schema, server, &format!("{what}, streamed")).await;
}

/// A request with everything that one can have.
fn full() -> ChatRequest {
    let mut said = AssistantMessage::tool_calls([
        ToolCall::new("c1", "read_file", r#"{"path":"a"}"#),
        ToolCall::new("c2", "list", "{broken"),
    ]);
    said.reasoning = vec![
        json!({"type": "reasoning.encrypted", "data": "x==", "format": "unknown", "index": 0}),
    ];
    let seen = Image::bytes("image/png", [1, 2, 3]).detail(ImageDetail::Low);
    ChatRequest::new([
        Message::system("rules"),
        Message::user_with_images("what is wrong here?", [seen]),
        said.into(),
        Message::tool_result("c1", "text of a"),
        Message::tool_result("c2", "error"),
        Message::assistant("done"),
        Message::user("sure?"),
    ])
    .tools([ToolSpec {
        name: "list".into(),
        description: "Lists files.".into(),
        parameters: json!({"type": "object"}),
    }])
    .response_format(ResponseFormat::JsonSchema {
        name: "verdict".into(),
        schema: json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false}),
    })
    .max_tokens(50)
    .cache_up_to(1)
    .cache_up_to(2)
    .label("code/1")
}

#[tokio::test]
async fn every_chat_request_fits_the_description() {
    let Some(schema) = schema("#/components/schemas/ChatRequest") else {
        return;
    };
    let server = answers(200, reply_body("ok")).await;
    let routed = OpenRouter::builder(KEY).base_url(server.uri());
    let routed = routed.routing(ProviderRouting {
        order: vec!["azure".into()],
        only: vec!["azure".into(), "openai".into()],
        ignore: vec!["deepinfra".into()],
        allow_fallbacks: Some(false),
        data_collection: Some(DataCollection::Deny),
        zero_data_retention: Some(true),
        sort: Some(ProviderSort::Latency),
        quantizations: vec!["fp8".into()],
        max_price: Some(MaxPrice {
            prompt: Some("0.60".into()),
            completion: Some("1.20".into()),
        }),
    });
    let routed = routed.build().unwrap();
    let plain = open_router_at(&server);
    for (what, request) in [
        ("one question", ChatRequest::user("hi")),
        ("everything", full()),
        (
            "any JSON",
            ChatRequest::user("hi").response_format(ResponseFormat::JsonObject),
        ),
        (
            "one model",
            ChatRequest::user("hi").model("a/b").temperature(0.0),
        ),
    ] {
        check_chat(&schema, &plain, &server, request.clone(), what).await;
        check_chat(
            &schema,
            &routed,
            &server,
            request,
            &format!("{what}, routed"),
        )
        .await;
    }
    assert!(
        !schema.is_valid(&json!({"messages": "none"})),
        "the schema refuses what is wrong"
    );
}

#[tokio::test]
async fn recorded_conversations_are_sent_as_the_description_says() {
    let Some(schema) = schema("#/components/schemas/ChatRequest") else {
        return;
    };
    let server = answers(200, reply_body("ok")).await;
    let model = open_router_at(&server);
    for exchange in chat_exchanges() {
        if let Some(request) = ours(&exchange.request_body) {
            model.complete(request).await.unwrap();
            check(&schema, &server, &exchange.file).await;
        }
    }
}

#[tokio::test]
async fn every_request_for_vectors_fits_the_description() {
    let pointer = "#/paths/~1embeddings/post/requestBody/content/application~1json/schema";
    let Some(schema) = schema(pointer) else {
        return;
    };
    let body = json!({"data": [{"index": 0, "embedding": [0.5, 0.5]}]});
    let server = answers(200, body).await;
    assert!(
        !schema.is_valid(&json!({"input": ["text"]})),
        "the schema refuses what is wrong"
    );
    for dims in [EmbeddingDims::Native(2), EmbeddingDims::Shortened(2)] {
        let embedder = OpenRouter::builder(KEY)
            .base_url(server.uri())
            .models(["a/b"]);
        let embedder = embedder.build_embedder(dims).unwrap();
        embedder.embed(&["text".into()]).await.unwrap();
        check(&schema, &server, &format!("{dims:?}")).await;
    }
}
