//! Real answers of OpenRouter, replayed through a server on this machine.

use agentflow_llm::{
    ChatModel, ChatReply, ChatRequest, FinishReason, ModelError, OpenAiCompatible,
};
use serde_json::Value;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::client::open_router_at;
use crate::data::{Exchange, chat_exchanges};

async fn replay(
    model: &OpenAiCompatible,
    server: &MockServer,
    exchange: &Exchange,
) -> Result<ChatReply, ModelError> {
    let answer = ResponseTemplate::new(exchange.status).set_body_json(&exchange.body);
    let mock = Mock::given(any())
        .respond_with(answer)
        .mount_as_scoped(server)
        .await;
    let reply = model.complete(ChatRequest::user("replayed")).await;
    drop(mock);
    reply
}

/// What the recorded body says, read without our types.
pub(crate) fn check(file: &str, body: &Value, reply: &ChatReply) {
    let message = &body["choices"][0]["message"];
    let words = message["content"].as_str().filter(|text| !text.is_empty());
    let words = words.or(message["refusal"].as_str());
    assert_eq!(reply.message.text.as_deref(), words, "{file}");
    let none = Vec::new();
    let calls = message["tool_calls"].as_array().unwrap_or(&none);
    assert_eq!(reply.message.tool_calls.len(), calls.len(), "{file}");
    for (ours, theirs) in reply.message.tool_calls.iter().zip(calls) {
        assert_eq!(ours.id, theirs["id"], "{file}");
        assert_eq!(ours.name, theirs["function"]["name"], "{file}");
        assert_eq!(
            ours.arguments,
            theirs["function"]["arguments"].as_str().unwrap_or(""),
            "{file}"
        );
        // Some recorded calls were cut off by their token limit.
        let is_whole = ours.parse_arguments::<Value>().is_ok();
        assert!(
            is_whole || reply.finish == FinishReason::Length,
            "{file}: {ours:?}"
        );
    }
    let reasoning = message["reasoning_details"].as_array().unwrap_or(&none);
    assert_eq!(&reply.message.reasoning, reasoning, "{file}");
    assert_eq!(
        reply.usage.prompt_tokens, body["usage"]["prompt_tokens"],
        "{file}"
    );
    assert_eq!(
        reply.usage.completion_tokens, body["usage"]["completion_tokens"],
        "{file}"
    );
    assert_eq!(
        reply.usage.cost_micro_usd.is_some(),
        body["usage"]["cost"].is_number(),
        "{file}"
    );
    assert_eq!(reply.model, body["model"], "{file}");
    assert_eq!(reply.request_id.as_deref(), body["id"].as_str(), "{file}");
    assert!(
        !matches!(reply.finish, FinishReason::Other(_)),
        "{file}: {:?}",
        reply.finish
    );
}

#[tokio::test]
async fn every_recorded_reply_is_understood() {
    let server = MockServer::start().await;
    let model = open_router_at(&server);
    let exchanges = chat_exchanges();
    let replies: Vec<_> = exchanges
        .iter()
        .filter(|exchange| exchange.status == 200)
        .collect();
    assert!(
        exchanges.is_empty() || replies.len() == 248,
        "{} recorded replies",
        replies.len()
    );
    for exchange in replies {
        let reply = replay(&model, &server, exchange).await;
        check(
            &exchange.file,
            &exchange.body,
            &reply.unwrap_or_else(|error| panic!("{}: {error}", exchange.file)),
        );
    }
}

#[tokio::test]
async fn every_recorded_refusal_has_its_meaning() {
    let server = MockServer::start().await;
    let model = open_router_at(&server);
    for exchange in chat_exchanges()
        .iter()
        .filter(|exchange| exchange.status != 200)
    {
        let error = replay(&model, &server, exchange).await.unwrap_err();
        let text = exchange.body["error"]["message"].as_str().unwrap();
        let is_right = match exchange.status {
            401 => matches!(error, ModelError::Authentication { .. }),
            429 => {
                matches!(error, ModelError::RateLimited { .. })
                    && error.to_string().contains("rate-limited upstream")
            }
            400 if text.contains("context length") => {
                matches!(error, ModelError::ContextLength { .. })
            }
            400 => matches!(error, ModelError::NotFound { .. }),
            _ => false,
        };
        assert!(is_right, "{}: {error:?}", exchange.file);
        assert!(error.to_string().contains(text), "{error}");
    }
}
