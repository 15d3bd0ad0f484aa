//! Our own client on one side and a model on the other: what is asked and answered arrives.

use agentflow_llm::{
    AssistantMessage, ChatModel, ChatReply, ChatRequest, FinishReason, Image, ImageDetail, Message,
    ModelError, OpenAiCompatible, OpenRouter, ReplyEvent, ResponseFormat, Script, ScriptedModel,
    ScriptedReply, ToolCall, ToolSpec, Usage,
};
use agentflow_mock_openai::MockOpenAi;
use async_trait::async_trait;
use serde_json::json;

pub(crate) fn client_of(mock: &MockOpenAi) -> OpenAiCompatible {
    let client = OpenAiCompatible::builder(mock.base_url()).models(["any"]);
    client.build().unwrap()
}

/// The same server as OpenRouter's client sees it, which tells usage unasked.
fn router_client_of(mock: &MockOpenAi) -> OpenAiCompatible {
    let client = OpenRouter::builder("any-key").base_url(mock.base_url());
    client.models(["any"]).build().unwrap()
}

/// A model with one reply for everybody.
#[derive(Debug)]
struct Always(ChatReply);

#[async_trait]
impl ChatModel for Always {
    fn name(&self) -> &str {
        "always"
    }

    async fn complete(&self, _: ChatRequest) -> Result<ChatReply, ModelError> {
        Ok(self.0.clone())
    }
}

/// The reply, whole and streamed, as it is seen through both of our clients.
async fn all_ways(mock: &MockOpenAi) -> Vec<ChatReply> {
    let mut replies = Vec::new();
    for client in [client_of(mock), router_client_of(mock)] {
        let ask = || ChatRequest::user("hi");
        replies.push(client.complete(ask()).await.unwrap());
        let streamed = client.stream(ask()).await.unwrap();
        replies.push(streamed.into_reply().await.unwrap());
    }
    replies
}

fn two_calls() -> AssistantMessage {
    AssistantMessage::tool_calls([
        ToolCall::new("c0", "weather", r#"{"city":"Kyiv"}"#),
        ToolCall::new("c1", "time", ""),
    ])
}

#[tokio::test]
async fn a_reply_comes_back_as_the_model_gave_it_whole_and_streamed() {
    let mut both = two_calls();
    both.text = Some("I look.\n\"é\" 🦀".into());
    let mut reasoned = AssistantMessage::text("42");
    reasoned.reasoning = vec![
        json!({"type": "reasoning.text", "text": "6 times 7", "signature": "s", "index": 0}),
        json!({"type": "reasoning.encrypted", "data": "x==", "index": 1}),
    ];
    let mut dear = Usage::tokens(900, 40);
    dear.cached_prompt_tokens = 100;
    dear.reasoning_tokens = 7;
    dear.cost_micro_usd = Some(1_234_567);
    let free = Usage::tokens(3, 1);
    for (message, usage, finish) in [
        (
            AssistantMessage::text("It is sunny."),
            free,
            FinishReason::Stop,
        ),
        (two_calls(), dear, FinishReason::ToolCalls),
        (both, dear, FinishReason::ToolCalls),
        (reasoned, dear, FinishReason::Stop),
        (AssistantMessage::text("It is"), free, FinishReason::Length),
        (
            AssistantMessage::text("It"),
            free,
            FinishReason::ContentFilter,
        ),
        (
            AssistantMessage::text("I do not"),
            free,
            FinishReason::Refusal,
        ),
        (
            AssistantMessage::text("bye"),
            free,
            FinishReason::Other("tired".into()),
        ),
    ] {
        let mut reply = ChatReply::new("always", message, usage);
        reply.finish = finish;
        let mock = MockOpenAi::start(Always(reply.clone())).await.unwrap();
        for mut got in all_ways(&mock).await {
            let id = got.request_id.take().unwrap();
            assert!(id.starts_with("chatcmpl-"), "{id}");
            // It goes out under the name that was asked for.
            assert_eq!(std::mem::replace(&mut got.model, "always".into()), "any");
            assert_eq!(got, reply);
        }
    }
}

#[tokio::test]
async fn a_scripted_reply_is_streamed_word_by_word() {
    let reply = ScriptedReply::from("It is sunny.").and_call("time", json!({"zone": "EET"}));
    let mock = MockOpenAi::start(ScriptedModel::replies([reply]))
        .await
        .unwrap();
    let client = client_of(&mock);
    let mut stream = client.stream(ChatRequest::user("hi")).await.unwrap();
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        events.push(event.unwrap());
    }
    let Some(ReplyEvent::Done { reply }) = events.pop() else {
        panic!("{events:?}");
    };
    let words = ["It ", "is ", "sunny."].map(|word| ReplyEvent::Text { delta: word.into() });
    let call = [
        ReplyEvent::ToolCall {
            index: 0,
            id: "call_1_0".into(),
            name: "time".into(),
        },
        ReplyEvent::Arguments {
            index: 0,
            delta: r#"{"zone":"EET"}"#.into(),
        },
    ];
    assert_eq!(events, words.into_iter().chain(call).collect::<Vec<_>>());
    assert_eq!(reply.text(), "It is sunny.");
}

#[tokio::test]
async fn the_model_is_asked_what_the_client_asks() {
    let model = ScriptedModel::by_function(|_| "ok");
    let mock = MockOpenAi::start(model.clone()).await.unwrap();
    let mut said = two_calls();
    said.reasoning = vec![json!({"type": "reasoning.encrypted", "data": "x=="})];
    said.tool_calls[1].arguments = "{}".into();
    let schema = json!({"type": "object", "properties": {"x": {"type": "number"}}});
    let whole = ChatRequest::new([
        Message::system("be brief"),
        Message::user("hi"),
        Message::assistant("hello"),
        Message::user_with_images(
            "how is the weather here?",
            [Image::bytes("image/png", [1, 2]).detail(ImageDetail::Low)],
        ),
        said.into(),
        Message::tool_result("c0", "sunny"),
        Message::tool_result("c1", ""),
    ])
    .tools([ToolSpec {
        name: "weather".into(),
        description: "Tells the weather.".into(),
        parameters: schema.clone(),
    }])
    .model("gpt-example")
    .temperature(0.7)
    .max_tokens(50);
    let mut bare = ChatRequest::user("x").model("m");
    bare.temperature = None;
    for request in [
        whole.clone(),
        bare,
        whole.clone().response_format(ResponseFormat::JsonObject),
        whole.response_format(ResponseFormat::JsonSchema {
            name: "answer".into(),
            schema,
        }),
    ] {
        let client = client_of(&mock);
        client.complete(request.clone()).await.unwrap();
        assert_eq!(model.requests().pop().unwrap(), request);
        let streamed = client.stream(request.clone()).await.unwrap();
        streamed.into_reply().await.unwrap();
        assert_eq!(model.requests().pop().unwrap(), request);
    }
}

#[tokio::test]
async fn the_same_script_gives_the_same_bytes_in_every_server() {
    let body = json!({"model": "any", "messages": [{"role": "user", "content": "hi"}]});
    let script = "[[reply]]\ntext = 'hello'\n[[reply.call]]\ntool = 'list'\n";
    let mut seen = Vec::new();
    for _ in 0..2 {
        let model = ScriptedModel::from_script(Script::parse(script).unwrap());
        let mock = MockOpenAi::start(model).await.unwrap();
        for _ in 0..2 {
            seen.push(crate::http::post(&mock, "/chat/completions", &body).await);
        }
    }
    assert_eq!(seen[0].1["choices"][0]["message"]["content"], "hello");
    assert!(seen.iter().all(|answer| *answer == seen[0]), "{seen:#?}");
}

#[tokio::test]
async fn the_label_is_a_header() {
    let script = "[[reply]]\nlabel = 'a/1'\ntext = 'labelled'\n[[reply]]\ntext = 'other'\n";
    let model = ScriptedModel::from_script(Script::parse(script).unwrap());
    let mock = MockOpenAi::start(model.clone()).await.unwrap();
    let body = json!({"model": "any", "messages": [{"role": "user", "content": "hi"}]});
    let url = format!("{}/chat/completions", mock.base_url());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (label, want) in [(Some("a/1"), "labelled"), (None, "other")] {
        let mut request = http.post(&url).body(body.to_string());
        if let Some(label) = label {
            request = request.header("x-agentflow-label", label);
        }
        let (status, answer) = crate::http::read(request.send().await.unwrap()).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["choices"][0]["message"]["content"], want);
        let seen = mock.requests().pop().unwrap();
        assert_eq!(seen.label.as_deref(), label);
        assert_eq!(model.requests().pop().unwrap().label.as_deref(), label);
        assert_eq!(
            (seen.method.as_str(), seen.path.as_str()),
            ("POST", "/v1/chat/completions")
        );
        assert_eq!(seen.body, body);
    }
}
