//! What goes over the wire, compared with what real clients sent and real servers accepted.

use agentflow_llm::{
    AssistantMessage, ChatModel, ChatRequest, DataCollection, Image, ImageDetail, MaxPrice,
    Message, OpenAiCompatible, OpenRouter, ProviderRouting, ResponseFormat, ToolCall, ToolSpec,
};
use serde_json::{Value, json};
use wiremock::MockServer;

use crate::client::{KEY, answers, open_router_at, reply_body};
use crate::data::chat_exchanges;

pub(crate) async fn sent(
    model: &OpenAiCompatible,
    server: &MockServer,
    request: ChatRequest,
) -> Value {
    model.complete(request).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    serde_json::from_slice(&requests.last().unwrap().body).unwrap()
}

#[tokio::test]
async fn a_whole_conversation_is_sent_in_the_protocols_words() {
    let server = answers(200, reply_body("ok")).await;
    let mut said = AssistantMessage::tool_calls([
        ToolCall::new("c1", "read_file", r#"{"path":"a"}"#),
        ToolCall::new("c2", "list", ""),
        ToolCall::new("c3", "list", r#"{"path"#),
        ToolCall::new("c4", "list", "null"),
        ToolCall::new("c5", "list", "[1]"),
    ]);
    said.reasoning = vec![json!({"type": "reasoning.encrypted", "data": "x=="})];
    let request = ChatRequest::new([
        Message::system("rules"),
        Message::user("fix it").with_id("ids are not sent"),
        said.into(),
        Message::tool_result("c1", "text of a"),
        Message::assistant("done"),
    ])
    .tools([ToolSpec {
        name: "list".into(),
        description: "Lists files.".into(),
        parameters: json!({"type": "object"}),
    }])
    .response_format(ResponseFormat::JsonSchema {
        name: "verdict".into(),
        schema: json!({"type": "string"}),
    })
    .max_tokens(50)
    .label("code/1")
    .thread("issue-7");
    let body = sent(&open_router_at(&server), &server, request).await;
    assert_eq!(
        body,
        json!({
            "model": "openai/gpt-4o-mini",
            "models": ["qwen/qwen2.5-coder-7b-instruct", "deepseek/deepseek-coder-v2"],
            "messages": [
                {"role": "system", "content": "rules"},
                {"role": "user", "content": "fix it"},
                {
                    "role": "assistant",
                    "tool_calls": [
                        {"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": "{\"path\":\"a\"}"}},
                        {"id": "c2", "type": "function", "function": {"name": "list", "arguments": "{}"}},
                        {"id": "c3", "type": "function", "function": {"name": "list", "arguments": "{\"invalid_json\":\"{\\\"path\"}"}},
                        {"id": "c4", "type": "function", "function": {"name": "list", "arguments": "{}"}},
                        {"id": "c5", "type": "function", "function": {"name": "list", "arguments": "{\"invalid_json\":\"[1]\"}"}},
                    ],
                    "reasoning_details": [{"type": "reasoning.encrypted", "data": "x=="}],
                },
                {"role": "tool", "tool_call_id": "c1", "content": "text of a"},
                {"role": "assistant", "content": "done"},
            ],
            "tools": [{"type": "function", "function": {"name": "list", "description": "Lists files.", "parameters": {"type": "object"}}}],
            "temperature": 0.1,
            "max_tokens": 50,
            "response_format": {"type": "json_schema", "json_schema": {"name": "verdict", "strict": true, "schema": {"type": "string"}}},
            "provider": {"require_parameters": true},
        })
    );
}

#[tokio::test]
async fn only_open_router_is_told_of_fallbacks_and_only_if_no_model_is_named() {
    let server = answers(200, reply_body("ok")).await;
    let plain = OpenAiCompatible::builder(server.uri())
        .models(["a", "b"])
        .build()
        .unwrap();
    let router = open_router_at(&server);
    for (model, request, asked, fallbacks) in [
        (plain.clone(), ChatRequest::user("x"), "a", 0),
        (plain, ChatRequest::user("x").model("c"), "c", 0),
        (
            router.clone(),
            ChatRequest::user("x"),
            "openai/gpt-4o-mini",
            2,
        ),
        (router, ChatRequest::user("x").model("c"), "c", 0),
    ] {
        let body = sent(&model, &server, request).await;
        assert_eq!(body["model"], asked);
        assert_eq!(
            body["models"].as_array().map_or(0, Vec::len),
            fallbacks,
            "{body}"
        );
    }
}

/// A recorded conversation in our words; `None` if it holds more than text and tool calls.
pub(crate) fn ours(recorded: &Value) -> Option<ChatRequest> {
    let messages = recorded["messages"].as_array()?.iter().map(|message| {
        let content = text(&message["content"]);
        Some(match message["role"].as_str()? {
            "system" => Message::system(content?),
            "user" => Message::user(content?),
            "tool" => Message::tool_result(message["tool_call_id"].as_str()?, content?),
            "assistant" => {
                let calls = message["tool_calls"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                let mut said = AssistantMessage::tool_calls(calls.iter().map(|call| {
                    let function = &call["function"];
                    let part = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    ToolCall::new(
                        part(&call["id"]),
                        part(&function["name"]),
                        part(&function["arguments"]),
                    )
                }));
                said.text = content;
                said.reasoning = message["reasoning_details"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default();
                said.into()
            }
            _ => return None,
        })
    });
    let tools = recorded["tools"].as_array().cloned().unwrap_or_default();
    let tools = tools
        .iter()
        .map(|tool| serde_json::from_value(tool["function"].clone()).ok());
    let request = ChatRequest::new(messages.collect::<Option<Vec<_>>>()?)
        .model(recorded["model"].as_str()?)
        .tools(tools.collect::<Option<Vec<_>>>()?);
    Some(request)
}

/// Content as one text, where it is text and nothing else.
fn text(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => parts.iter().map(|part| part["text"].as_str()).collect(),
        _ => None,
    }
}

/// A recorded message with only the fields the protocol needs.
fn plain(message: &Value) -> Value {
    let mut plain = json!({"role": message["role"]});
    let has_calls = message["tool_calls"].is_array();
    match text(&message["content"]) {
        Some(content) => plain["content"] = content.into(),
        None if !has_calls => plain["content"] = "".into(),
        None => {}
    }
    for field in ["tool_calls", "tool_call_id", "reasoning_details"] {
        if !message[field].is_null() {
            plain[field] = message[field].clone();
        }
    }
    plain
}

#[tokio::test]
async fn conversations_are_sent_as_recorded_clients_sent_them() {
    let exchanges = chat_exchanges();
    let server = answers(200, reply_body("ok")).await;
    let model = open_router_at(&server);
    let mut compared = 0;
    for exchange in &exchanges {
        let Some(request) = ours(&exchange.request_body) else {
            continue;
        };
        let body = sent(&model, &server, request).await;
        let recorded = exchange.request_body["messages"].as_array().unwrap();
        let recorded: Vec<_> = recorded.iter().map(plain).collect();
        assert_eq!(
            body["messages"],
            Value::Array(recorded),
            "{}",
            exchange.file
        );
        compared += 1;
    }
    assert!(
        exchanges.is_empty() || compared >= 150,
        "only {compared} were compared"
    );
}

#[tokio::test]
async fn pictures_breakpoints_and_routing_travel_only_where_they_are_understood() {
    let server = answers(200, reply_body("ok")).await;
    let routing = ProviderRouting {
        order: vec!["azure".into()],
        allow_fallbacks: Some(false),
        data_collection: Some(DataCollection::Deny),
        max_price: Some(MaxPrice {
            prompt: Some("0.60".into()),
            ..MaxPrice::default()
        }),
        ..ProviderRouting::default()
    };
    let open_router = OpenRouter::builder(KEY).base_url(server.uri());
    let open_router = open_router.routing(routing.clone()).build().unwrap();
    let plain = OpenAiCompatible::builder(server.uri()).models(["m"]);
    let plain = plain.routing(routing).build().unwrap();
    let request = || {
        let seen = Image::url("https://example.org/a.png").detail(ImageDetail::High);
        ChatRequest::new([
            Message::system("long rules"),
            Message::user_with_images("what is this?", [seen.clone()]),
            Message::user_with_images("", [seen]),
        ])
        .cache_up_to(0)
        .cache_up_to(1)
        .cache_up_to(2)
    };
    let image = json!({"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "high"}});
    let cache = json!({"type": "ephemeral"});
    let body = sent(&open_router, &server, request()).await;
    assert_eq!(
        body["messages"],
        json!([
            {"role": "system", "content": [{"type": "text", "text": "long rules", "cache_control": cache}]},
            {"role": "user", "content": [image, {"type": "text", "text": "what is this?", "cache_control": cache}]},
            {"role": "user", "content": [image]},
        ])
    );
    assert_eq!(
        body["provider"],
        json!({"order": ["azure"], "allow_fallbacks": false, "data_collection": "deny", "max_price": {"prompt": "0.60"}})
    );
    let body = sent(&plain, &server, request()).await;
    assert_eq!(
        body["messages"],
        json!([
            {"role": "system", "content": "long rules"},
            {"role": "user", "content": [image, {"type": "text", "text": "what is this?"}]},
            {"role": "user", "content": [image]},
        ])
    );
    assert_eq!(body["provider"], Value::Null);
}
