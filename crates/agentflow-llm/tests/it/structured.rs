//! Values of a type: which replies give one, which are repaired, and what is told otherwise.

use agentflow_llm::{
    ChatModel, ChatModelExt, ChatRequest, FinishReason, Message, ModelError, ResponseFormat,
    SchemaProblem, ScriptedModel, ScriptedReply, StructuredError, Usage,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct Verdict {
    approved: bool,
    reason: Option<String>,
}

const GOOD: &str = r#"{"approved": true, "reason": null}"#;
const NO_FIELD: &str = r#"{"reason": "tests"}"#;

fn ends(text: &str, reason: FinishReason) -> ScriptedReply {
    ScriptedReply::from(text).finish(reason)
}

async fn verdict(model: &dyn ChatModel) -> Result<Verdict, StructuredError> {
    let asked = model.structured::<Verdict>(ChatRequest::user("+ x")).await;
    asked.map(|given| given.value)
}

#[tokio::test]
async fn a_reply_that_does_not_fit_is_repaired_and_no_other() {
    let misfit = |start: &str, problem: &str| {
        format!("no `Verdict` came in 2 rounds; the last reply {problem}; it starts with `{start}`")
    };
    for (name, replies, rounds, want) in [
        ("fits at once", vec![GOOD.into()], 1, Ok(())),
        ("in a fence", vec![format!("```json\n{GOOD}\n```").into()], 1, Ok(())),
        ("words around", vec![format!("Here: {GOOD} Bye!").into()], 1, Ok(())),
        ("a field is missing", vec![NO_FIELD.into(), GOOD.into()], 2, Ok(())),
        ("no JSON", vec!["Yes.".into(), GOOD.into()], 2, Ok(())),
        ("nothing", vec!["".into(), GOOD.into()], 2, Ok(())),
        (
            "whole before the limit",
            vec![ends(GOOD, FinishReason::Length)],
            1,
            Ok(()),
        ),
        (
            "never fits",
            vec!["Yes.".into(), NO_FIELD.into(), GOOD.into()],
            2,
            Err(misfit(
                NO_FIELD,
                "holds an object that does not fit the schema: missing field `approved` at line 1 column 19",
            )),
        ),
        (
            "refused",
            vec![ends("I cannot.", FinishReason::Refusal), GOOD.into()],
            1,
            Err("the model refused to give a `Verdict`: `I cannot.`; ask for something else".into()),
        ),
        (
            "cut off",
            vec![ends(r#"{"appro"#, FinishReason::Length), GOOD.into()],
            1,
            Err("the reply was cut off by the token limit before a `Verdict` was whole; allow more with `max_tokens` or ask for less; it starts with `{\"appro`".into()),
        ),
        (
            "cut off in the repair",
            vec![NO_FIELD.into(), ends("{", FinishReason::Length), GOOD.into()],
            2,
            Err("the reply was cut off by the token limit before a `Verdict` was whole; allow more with `max_tokens` or ask for less; it starts with `{`".into()),
        ),
        (
            "filtered",
            vec![ends("{", FinishReason::ContentFilter), GOOD.into()],
            1,
            Err("a content filter cut the reply off before a `Verdict` was whole; rephrase the request".into()),
        ),
        (
            "called a tool",
            vec![ScriptedReply::call("look", json!({})), GOOD.into()],
            1,
            Err("the model called `look` where a `Verdict` was asked for; offer it no tools, or let an agent answer them first".into()),
        ),
    ] {
        let model = ScriptedModel::replies(replies);
        let given = verdict(&model).await.map_err(|error| error.to_string());
        let fits = Verdict { approved: true, reason: None };
        assert_eq!(given, want.map(|()| fits), "{name}");
        assert_eq!(model.requests().len(), rounds, "{name}");
    }
}

#[tokio::test]
async fn the_repair_shows_the_model_its_own_words_and_what_is_wrong_with_them() {
    let model = ScriptedModel::replies([NO_FIELD, GOOD]);
    verdict(&model).await.unwrap();
    let asked = model.requests();
    let want = [
        Message::user("+ x"),
        Message::assistant(NO_FIELD),
        Message::user(
            "Your reply holds an object that does not fit the schema: missing field `approved` at line 1 column 19. Answer again with the whole JSON object, with all of its fields and nothing around it.",
        ),
    ];
    assert_eq!(asked[1].messages, want);
    assert_eq!(asked[1].response_format, asked[0].response_format);
}

#[tokio::test]
async fn as_many_rounds_are_asked_for_as_the_caller_allows() {
    for (repairs, replies, fits) in [
        (0, vec![NO_FIELD], false),
        (2, vec![NO_FIELD, NO_FIELD, GOOD], true),
        (2, vec![NO_FIELD; 3], false),
    ] {
        let rounds = replies.len();
        let model = ScriptedModel::replies(replies);
        let asked = model.structured::<Verdict>(ChatRequest::user("+ x"));
        let given = asked.repairs_max(repairs).await;
        assert_eq!(given.is_ok(), fits, "{repairs} repairs");
        assert_eq!(model.requests().len(), rounds, "{repairs} repairs");
    }
}

#[tokio::test]
async fn what_all_rounds_cost_is_told_whether_a_value_came_or_not() {
    let cost = |text: &str, tokens| ScriptedReply::from(text).usage(Usage::tokens(tokens, 1));
    let model = ScriptedModel::replies([cost(NO_FIELD, 10), cost(GOOD, 20)]);
    let given = model.structured::<Verdict>(ChatRequest::user("+ x")).await;
    let given = given.unwrap();
    assert_eq!(given.usage, Usage::tokens(30, 2));
    assert_eq!(given.rounds, 2);
    assert_eq!(given.reply.usage, Usage::tokens(20, 1));

    let never = ScriptedModel::replies([cost(NO_FIELD, 10), cost("{}", 20)]);
    assert_eq!(
        verdict(&never).await.unwrap_err().usage(),
        Usage::tokens(30, 2)
    );
    let gone = ScriptedModel::replies([cost(NO_FIELD, 10)]);
    let error = verdict(&gone).await.unwrap_err();
    assert_eq!(error.usage(), Usage::tokens(10, 1));
    assert!(matches!(error, StructuredError::Model { .. }), "{error}");
}

#[tokio::test]
async fn only_an_error_of_the_model_that_may_pass_is_worth_another_call() {
    let unreachable = ModelError::Unreachable {
        address: "https://example.org".into(),
        source: "no route".into(),
    };
    for (replies, is_retryable) in [
        (vec![unreachable.into()], true),
        (vec![], false),
        (vec!["no".into(), ScriptedReply::from("no")], false),
    ] {
        let error = verdict(&ScriptedModel::replies(replies)).await.unwrap_err();
        assert_eq!(error.is_retryable(), is_retryable, "{error}");
    }
}

#[tokio::test]
async fn the_schema_is_told_in_the_prompt_where_the_server_takes_none() {
    const RULES: &str =
        "Answer with one JSON object and nothing around it. It has to fit this JSON schema:\n";
    for (name, messages) in [
        (
            "rules are there",
            vec![Message::system("Be brief."), Message::user("+ x")],
        ),
        ("none are there", vec![Message::user("+ x")]),
    ] {
        let model = ScriptedModel::replies([GOOD]);
        let asked = model.structured::<Verdict>(ChatRequest::new(messages.clone()));
        asked.schema_in_prompt().await.unwrap();
        let request = model.requests().remove(0);
        assert_eq!(
            request.response_format,
            Some(ResponseFormat::JsonObject),
            "{name}"
        );
        let rules = request.messages[0].text();
        assert!(
            rules.contains(RULES) && rules.contains("\"approved\""),
            "{name}: {rules}"
        );
        assert_eq!(
            rules.starts_with("Be brief.\n\n"),
            messages.len() == 2,
            "{name}"
        );
        assert_eq!(request.messages.last(), messages.last(), "{name}");
        assert_eq!(request.messages.len(), 2, "{name}");
    }
}

#[tokio::test]
async fn a_type_without_a_strict_schema_is_refused_before_anything_is_asked() {
    type Counts = std::collections::BTreeMap<String, u32>;
    #[derive(Debug, Deserialize, JsonSchema)]
    struct Words {
        counts: Counts,
    }
    let model = ScriptedModel::replies([r#"{"counts": {"sea": 2}}"#]);
    let error = model
        .structured::<Words>(ChatRequest::user("count"))
        .await
        .unwrap_err();
    assert!(matches!(
        &error,
        StructuredError::Schema {
            problem: SchemaProblem::Map,
            ..
        }
    ));
    assert_eq!(
        error.to_string(),
        "the type `Words` has no strict schema: its field `counts` is a map, whose keys no strict schema can name; use a list of pairs with names; change the type, or ask with `schema_in_prompt`"
    );
    assert!(model.requests().is_empty());
    let asked = model
        .structured::<Words>(ChatRequest::user("count"))
        .schema_in_prompt();
    assert_eq!(asked.await.unwrap().value.counts["sea"], 2);
}
