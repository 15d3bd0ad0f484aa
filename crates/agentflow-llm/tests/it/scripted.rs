//! The scripted model as tests use it.

use agentflow_llm::{
    AssistantMessage, ChatModel, ChatRequest, FinishReason, Message, ModelError, ModelFault,
    ScriptedModel, ScriptedReply, ToolCall, Usage,
};
use serde_json::json;

#[tokio::test]
async fn replies_come_in_order_and_clones_share_them() {
    let model = ScriptedModel::replies(["not json", r#""approve""#]);
    let clone = model.clone();
    let first = model.complete(ChatRequest::user("+ x")).await.unwrap();
    let again = ChatRequest::new([
        Message::user("an older question"),
        Message::user("+ x"),
        first.message.clone().into(),
        Message::tool_result("c", "ignored"),
    ]);
    let second = clone.complete(again.clone()).await.unwrap();
    assert_eq!((first.text(), second.text()), ("not json", r#""approve""#));
    assert_eq!(model.prompts(), ["+ x", "+ x"]);
    assert_eq!(model.requests()[1], again);
}

#[tokio::test]
async fn running_out_says_how_many_there_were_and_what_was_asked() {
    let model = ScriptedModel::replies(["one"]);
    model.complete(ChatRequest::user("a")).await.unwrap();
    let error = model
        .complete(ChatRequest::user("b".repeat(500)))
        .await
        .unwrap_err();
    assert!(!error.is_retryable());
    let want = format!(
        "the scripted model has no reply left: 1 were given, and then it was asked `{}…`; script one more or ask less",
        "b".repeat(120)
    );
    assert_eq!(error.to_string(), want);
    assert_eq!(
        model.prompts().len(),
        2,
        "an unanswered prompt is remembered too"
    );
}

#[tokio::test]
async fn a_reply_may_be_words_calls_or_an_error() {
    let fault = ModelFault::new("m", "no");
    let paid = Usage::tokens(7, 9);
    let model = ScriptedModel::replies([
        ScriptedReply::from("I read both.")
            .and_call("read", json!({"path": "a"}))
            .and_call("read", json!({"path": "b"})),
        ScriptedReply::from(ToolCall::new("mine", "read", "not json")),
        ScriptedReply::from(ModelError::Authentication { fault }),
        ScriptedReply::from("x").usage(paid),
    ]);
    let mut both = AssistantMessage::tool_calls([
        ToolCall::new("call_1_0", "read", r#"{"path":"a"}"#),
        ToolCall::new("call_1_1", "read", r#"{"path":"b"}"#),
    ]);
    both.text = Some("I read both.".into());
    let ask = || model.complete(ChatRequest::user("12345"));
    let first = ask().await.unwrap();
    assert_eq!(
        (first.message, first.finish),
        (both, FinishReason::ToolCalls)
    );
    // 5 characters asked; 12 of words, 2 times 4 of a name, 2 times 12 of arguments answered.
    let mut estimated = Usage::tokens(2, 11);
    estimated.cost_micro_usd = Some(0);
    assert_eq!(first.usage, estimated);
    assert_eq!(ask().await.unwrap().message.tool_calls[0].id, "mine");
    assert!(matches!(
        ask().await,
        Err(ModelError::Authentication { .. })
    ));
    assert_eq!(ask().await.unwrap().usage, paid);
}
