//! Requests that are refused, with what is wrong and where.

use agentflow_llm::{ChatModel, ChatRequest, ModelError, OpenAiCompatible, ScriptedModel};
use agentflow_mock_openai::{MockOpenAi, MockOptions};
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::{post, read, send};

async fn mock() -> MockOpenAi {
    MockOpenAi::start(ScriptedModel::by_function(|_| "ok"))
        .await
        .unwrap()
}

fn refused(message: &str, param: Option<&str>) -> Value {
    json!({"error": {"message": message, "type": "invalid_request_error", "param": param, "code": null}})
}

#[tokio::test]
async fn a_field_that_is_wrong_is_named() {
    let mock = mock().await;
    let asked = |more: Value| {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        body
    };
    let said =
        |message: Value| asked(json!({"messages": [{"role": "user", "content": "hi"}, message]}));
    let call = |call: Value| said(json!({"role": "assistant", "tool_calls": [call]}));
    for (body, param, message) in [
        (asked(json!({"model": null})), "model", "`model` is missing"),
        (
            asked(json!({"model": " "})),
            "model",
            "`model` must not be empty, not \" \"",
        ),
        (
            asked(json!({"messages": "hi"})),
            "messages",
            "`messages` must be a list, not \"hi\"",
        ),
        (
            asked(json!({"messages": []})),
            "messages",
            "`messages` must hold a message, not []",
        ),
        (
            said(json!("hi")),
            "messages[1]",
            "`messages[1]` must be an object, not \"hi\"",
        ),
        (
            said(json!({"content": "x"})),
            "messages[1].role",
            "`messages[1].role` is missing",
        ),
        (
            said(json!({"role": "owner", "content": "x"})),
            "messages[1].role",
            "`messages[1].role` must be `system`, `developer`, `user`, `assistant` or `tool`, not \"owner\"",
        ),
        (
            said(json!({"role": "user"})),
            "messages[1].content",
            "`messages[1].content` is missing",
        ),
        (
            said(json!({"role": "assistant"})),
            "messages[1].content",
            "`messages[1].content` is missing",
        ),
        (
            said(json!({"role": "user", "content": 7})),
            "messages[1].content",
            "`messages[1].content` must be a string or a list of parts, not 7",
        ),
        (
            said(json!({"role": "user", "content": [{"type": "text"}]})),
            "messages[1].content[0].text",
            "`messages[1].content[0].text` is missing",
        ),
        (
            said(json!({"role": "tool", "content": "x"})),
            "messages[1].tool_call_id",
            "`messages[1].tool_call_id` is missing",
        ),
        (
            call(json!({"id": "c", "type": "custom"})),
            "messages[1].tool_calls[0].type",
            "`messages[1].tool_calls[0].type` must be `function`, not \"custom\"",
        ),
        (
            call(
                json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": {}}}),
            ),
            "messages[1].tool_calls[0].function.arguments",
            "`messages[1].tool_calls[0].function.arguments` must be a string, not {}",
        ),
        (
            asked(json!({"tools": [{"type": "function", "function": {}}]})),
            "tools[0].function.name",
            "`tools[0].function.name` is missing",
        ),
        (
            asked(json!({"temperature": 2.5})),
            "temperature",
            "`temperature` must be a number from 0 to 2, not 2.5",
        ),
        (
            asked(json!({"max_tokens": 0})),
            "max_tokens",
            "`max_tokens` must be a whole number of at least 1 and at most 4294967295, not 0",
        ),
        (
            asked(json!({"response_format": {"type": "xml"}})),
            "response_format.type",
            "`response_format.type` must be `text`, `json_object` or `json_schema`, not \"xml\"",
        ),
        (
            asked(
                json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n"}}}),
            ),
            "response_format.json_schema.schema",
            "`response_format.json_schema.schema` is missing",
        ),
        (
            asked(json!({"stream": "yes"})),
            "stream",
            "`stream` must be true or false, not \"yes\"",
        ),
        (
            asked(json!({"n": 2})),
            "n",
            "`n` must be a whole number of at least 1 and at most 1, not 2",
        ),
        (
            asked(json!({"tools": "x".repeat(100)})),
            "tools",
            &format!("`tools` must be a list, not \"{}…", "x".repeat(79)),
        ),
    ] {
        let answer = post(&mock, "/chat/completions", &body).await;
        assert_eq!(answer, (400, refused(message, Some(param))), "{body}");
    }
    for (body, param, message) in [
        (json!({"model": "m"}), "input", "`input` is missing"),
        (
            json!({"model": "m", "input": []}),
            "input",
            "`input` must hold a text, not []",
        ),
        (
            json!({"model": "m", "input": ["a", ""]}),
            "input[1]",
            "`input[1]` must not be empty, not \"\"",
        ),
        (
            json!({"model": "m", "input": vec!["a"; 2_049]}),
            "input",
            "`input` holds 2049 texts; at most 2048 are taken",
        ),
        (
            json!({"model": "m", "input": "a", "encoding_format": "hex"}),
            "encoding_format",
            "`encoding_format` must be `float` or `base64`, not \"hex\"",
        ),
        (
            json!({"model": "m", "input": "a", "dimensions": 8_193}),
            "dimensions",
            "`dimensions` must be a whole number of at least 1 and at most 8192, not 8193",
        ),
    ] {
        let answer = post(&mock, "/embeddings", &body).await;
        assert_eq!(answer, (400, refused(message, Some(param))), "{param}");
    }
}

#[tokio::test]
async fn fields_that_are_null_or_unknown_or_parts_without_words_are_taken() {
    let model = ScriptedModel::by_function(|request| request.prompt().to_owned());
    let mock = MockOpenAi::start(model.clone()).await.unwrap();
    let body = json!({
        "model": "m", "temperature": null, "tools": null, "stream": null, "n": 1, "seed": 3,
        "tool_choice": "auto", "response_format": {"type": "text"},
        "max_tokens": 9, "max_completion_tokens": 5,
        "messages": [
            {"role": "developer", "content": "be brief"},
            {"role": "assistant", "content": null, "refusal": "I do not"},
            {"role": "function", "name": "f", "content": "7"},
            {"role": "user", "name": "Ann", "content": [
                {"type": "text", "text": "one "},
                {"type": "image_url", "image_url": {"url": "data:,"}},
                {"type": "text", "text": "two"},
            ]},
        ],
    });
    let (status, answer) = post(&mock, "/chat/completions", &body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["choices"][0]["message"]["content"], "one two");
    let asked = model.requests().pop().unwrap();
    let texts: Vec<&str> = asked
        .messages
        .iter()
        .map(|message| message.text())
        .collect();
    assert_eq!(texts, ["be brief", "I do not", "7", "one two"]);
    assert_eq!(
        (asked.max_tokens, asked.temperature, asked.response_format),
        (Some(5), None, None)
    );
}

#[tokio::test]
async fn what_is_no_request_is_refused_in_the_same_form() {
    let mock = mock().await;
    for (method, path, body, status, message) in [
        (
            Method::POST,
            "/chat/completions",
            "{\"a",
            400,
            "the body is no JSON: EOF while parsing a string at line 1 column 3",
        ),
        (
            Method::POST,
            "/chat/completions",
            "",
            400,
            "the body is no JSON: EOF while parsing a value at line 1 column 0",
        ),
        (
            Method::POST,
            "/chat/completions",
            "[]",
            400,
            "the body must be an object",
        ),
        (
            Method::POST,
            "/responses",
            "{}",
            404,
            "there is no `POST /v1/responses` here; there are `POST /v1/chat/completions`, `POST /v1/embeddings` and `GET /v1/models`",
        ),
        (
            Method::GET,
            "/chat/completions",
            "",
            405,
            "`/v1/chat/completions` takes no `GET`",
        ),
    ] {
        let answer = read(send(&mock, method, path, body).await).await;
        assert_eq!(answer, (status, refused(message, None)), "{path} {body}");
    }
    let paths: Vec<String> = mock.requests().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths.len(), 5, "refused ones are remembered too: {paths:?}");
}

#[tokio::test]
async fn a_body_is_read_up_to_its_limit_and_no_further() {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]}).to_string();
    for (request_bytes_max, want) in [(body.len(), 200), (body.len() - 1, 413)] {
        let options = MockOptions {
            request_bytes_max,
            ..MockOptions::default()
        };
        let model = ScriptedModel::by_function(|_| "ok");
        let mock = MockOpenAi::start_with(model, options).await.unwrap();
        let answer = send(&mock, Method::POST, "/chat/completions", &body).await;
        let (status, answer) = read(answer).await;
        assert_eq!(status, want, "{answer}");
        if want == 413 {
            let message = answer["error"]["message"].as_str().unwrap();
            let limit = format!("at most {request_bytes_max} bytes are taken");
            assert!(message.contains(&limit), "{message}");
        }
    }
}

#[tokio::test]
async fn only_the_right_key_is_let_in_where_one_is_asked_for() {
    let options = MockOptions {
        key: Some("right".into()),
        ..MockOptions::default()
    };
    let model = ScriptedModel::by_function(|_| "ok");
    let mock = MockOpenAi::start_with(model, options).await.unwrap();
    assert!(!format!("{mock:?}").contains("right"));
    let client = || OpenAiCompatible::builder(mock.base_url()).models(["m"]);
    for (client, want) in [
        (client(), Some("no API key was sent")),
        (
            client().key("wrong"),
            Some("the API key is not this server's"),
        ),
        (
            client().key("rightly"),
            Some("the API key is not this server's"),
        ),
        (client().key("right"), None),
    ] {
        let reply = client
            .build()
            .unwrap()
            .complete(ChatRequest::user("hi"))
            .await;
        match (reply, want) {
            (Ok(reply), None) => assert_eq!(reply.text(), "ok"),
            (Err(error @ ModelError::Authentication { .. }), Some(want)) => {
                assert!(error.to_string().contains(want), "{error}");
            }
            (reply, want) => panic!("{want:?}: {reply:?}"),
        }
    }
    let (status, _) = read(send(&mock, Method::GET, "/models", "").await).await;
    assert_eq!(status, 401);
}
