//! Scripts for clients that know of no labels: replies by prompt, refusals, delays, breaks.

use std::time::Duration;

use agentflow_llm::{
    ChatModel, ChatRequest, Message, ModelError, ReplyEvent, Script, ScriptedModel,
};
use tokio::time::Instant;

const SCRIPT: &str = r#"
[[reply]]
prompt_contains = ["weather", "Kyiv"]
text = "sunny"

[[reply]]
prompt_contains = ["weather"]
turn = 0
[[reply.call]]
tool = "weather"
[[reply.call]]
tool = "weather"
arguments = { city = "Lviv" }

[[reply]]
prompt_contains = ["weather"]
text = "rainy"

[[reply]]
label = "review/1"
prompt_contains = ["diff"]
text = "approve"

[[reply]]
text = "what?"
"#;

fn model(script: &str) -> ScriptedModel {
    ScriptedModel::from_script(Script::parse(script).unwrap())
}

/// The prompt after so many turns.
fn asked(prompt: &str, turns: usize) -> ChatRequest {
    let mut messages = vec![Message::user(prompt)];
    for _ in 0..turns {
        messages.push(Message::assistant("weather Kyiv"));
        messages.push(Message::tool_result("c", "weather Kyiv"));
    }
    ChatRequest::new(messages)
}

#[tokio::test]
async fn the_first_reply_without_label_that_fits_the_prompt_and_the_turn_is_given_again_and_again()
{
    let (model, restarted) = (model(SCRIPT), model(SCRIPT));
    for (request, want) in [
        (asked("the weather in Kyiv", 0), "sunny"),
        (asked("the weather in Kyiv", 3), "sunny"),
        (asked("the weather", 1), "rainy"),
        (asked("the weather", 0), "call_0_0 call_0_1"),
        (asked("hello", 7), "what?"),
        (ChatRequest::new([]), "what?"),
        // A label comes first, and is none where no reply has it.
        (asked("the diff", 0).label("review/1"), "approve"),
        (asked("the weather", 1).label("review/1"), "rainy"),
        (asked("the weather", 1).label("review/2"), "rainy"),
    ] {
        let first = model.complete(request.clone()).await.unwrap();
        let again = model.complete(request.clone()).await.unwrap();
        let elsewhere = restarted.complete(request.clone()).await.unwrap();
        assert_eq!((&first, &first), (&again, &elsewhere), "{request:?}");
        let calls = first.message.tool_calls.iter();
        let calls: Vec<&str> = calls.map(|call| call.id.as_str()).collect();
        let said = first.message.text.unwrap_or_else(|| calls.join(" "));
        assert_eq!(said, want, "{request:?}");
    }
    // A label that has its reply is held to it.
    let error = model.complete(asked("hello", 0).label("review/1")).await;
    assert!(matches!(error, Err(ModelError::ScriptMismatch { .. })));
}

#[tokio::test]
async fn a_prompt_that_nothing_fits_is_refused_with_what_there_is() {
    let model = model(
        "[[reply]]\nprompt_contains = ['a', 'b']\nturn = 1\ntext = 'x'\n[[reply]]\nlabel = 'l'\ntext = 'x'\n[[reply]]\nturn = 2\ntext = 'x'\n",
    );
    let error = model.complete(ChatRequest::user("a b")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the script has no reply for a request without a label, turn 0 (it has: l turn 0, a prompt with `a` and `b`, turn 1, any prompt, turn 2); add one, or check the request's label and prompt"
    );
}

#[tokio::test]
async fn an_error_of_a_script_is_what_its_status_means() {
    for (error, want, retry_after_s) in [
        ("status = 401", "Authentication", None),
        ("status = 404", "NotFound", None),
        (
            "status = 429\nretry_after_s = 2",
            "RateLimited { fault: ModelFault { model: \"scripted\", message: \"no\", status: Some(429)",
            Some(2),
        ),
        ("status = 503\nretry_after_s = 0", "Overloaded", Some(0)),
        ("status = 504", "Timeout", None),
    ] {
        let model = model(&format!(
            "[[reply]]\n[reply.error]\nmessage = 'no'\n{error}\n"
        ));
        let refused = model.complete(ChatRequest::user("x")).await.unwrap_err();
        assert!(format!("{refused:?}").starts_with(want), "{refused:?}");
        let wait = retry_after_s.map(Duration::from_secs);
        assert_eq!(refused.retry_after(), wait, "{error}");
    }
}

#[tokio::test]
async fn a_reply_that_breaks_off_has_said_its_text() {
    for (error, want) in [
        ("", "status 502: the reply broke off, as its script says"),
        (
            "[reply.error]\nstatus = 529\nmessage = 'no room'\n",
            "status 529: no room",
        ),
    ] {
        let model = model(&format!(
            "[[reply]]\ntext = 'half a sentence'\nbreaks_off = true\n{error}"
        ));
        let mut reply = model.stream(ChatRequest::user("x")).await.unwrap();
        let mut said = String::new();
        let error = loop {
            match reply.next().await.unwrap() {
                Ok(ReplyEvent::Text { delta }) => said += &delta,
                Ok(event) => panic!("{event:?}"),
                Err(error) => break error,
            }
        };
        assert_eq!(said, "half a sentence");
        assert!(error.to_string().contains(want), "{error}");
        let whole = model.complete(ChatRequest::user("x")).await.unwrap_err();
        assert_eq!(whole.to_string(), error.to_string());
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_or_an_error_with_a_delay_comes_late() {
    for said in [
        "text = 'late'",
        "[reply.error]\nstatus = 500\nmessage = 'x'",
    ] {
        let model = model(&format!("[[reply]]\ndelay_ms = 1500\n{said}\n"));
        let began = Instant::now();
        let reply = model.complete(ChatRequest::user("x")).await;
        assert_eq!(reply.is_ok(), said.starts_with("text"));
        assert_eq!(began.elapsed(), Duration::from_millis(1500), "{said}");
    }
}

#[test]
fn what_could_not_be_given_as_it_is_written_is_refused_with_line_and_reply() {
    let any = "[[reply]]\ntext = 'x'\n";
    let error = |status: &str| format!("[[reply]]\n[reply.error]\nmessage = 'm'\n{status}\n");
    for (script, want) in [
        (
            format!("{any}[[reply]]\nprompt_contains = ['a']\nturn = 1\ntext = 'y'\n"),
            "line 3: reply 2 is never given, since the one at line 1 fits all its prompts; put it first, or give that one a `turn`",
        ),
        (
            "[[reply]]\nprompt_contains = ['b']\nturn = 0\ntext = 'x'\n[[reply]]\nprompt_contains = ['a', 'abc']\nturn = 0\ntext = 'y'\n".into(),
            "line 5: reply 2 is never given",
        ),
        (
            format!("{any}[reply.error]\nstatus = 500\nmessage = 'm'\n"),
            "line 1: reply 1 says something and has a `[reply.error]`; add `breaks_off = true`",
        ),
        (
            "[[reply]]\nbreaks_off = true\n".into(),
            "line 1: reply 1 breaks off before it has said anything",
        ),
        (
            "[[reply]]\ndelay_ms = 5\n".into(),
            "line 1: reply 1 has neither `text` nor a `[[reply.call]]`, nor a `[reply.error]`",
        ),
        (
            error("status = 200"),
            "line 1: reply 1 has an error with status 200; write one from 400 to 599",
        ),
        (
            error("status = 404\nretry_after_s = 1"),
            "line 1: reply 1 has `retry_after_s` for status 404, which asks nobody to wait",
        ),
        (error(""), "line 2: missing field `status`"),
        (error("status = 70000"), "line 4: "),
        ("[[reply]]\nlabel = ''\ntext = 'x'\n".into(), "line 1: reply 1 has an empty label"),
        ("[[reply]]\ntext = 'x'\ndelay_ms = -1\n".into(), "line 3: "),
    ] {
        let error = Script::parse(&script).unwrap_err().to_string();
        assert!(error.starts_with(want), "{script}: {error}");
    }
    for (first, second) in [
        ("turn = 0\n", ""),
        ("prompt_contains = ['a']\n", ""),
        ("prompt_contains = ['abc']\n", "prompt_contains = ['b']\n"),
        ("turn = 0\n", "turn = 1\n"),
    ] {
        let script = format!("{any}{first}{any}{second}");
        assert!(Script::parse(&script).is_ok(), "{script}");
    }
}

#[tokio::test]
async fn of_merged_scripts_the_replies_of_the_first_come_first() {
    let script = |prompt: &str, text: &str| {
        let text = format!("[[reply]]\nprompt_contains = ['{prompt}']\ntext = '{text}'\n");
        Script::parse(&text).unwrap()
    };
    let merged = script("long", "first").merge(script("lo", "second"));
    let model = ScriptedModel::from_script(merged.unwrap());
    for (prompt, want) in [("long", "first"), ("low", "second")] {
        let reply = model.complete(ChatRequest::user(prompt)).await.unwrap();
        assert_eq!(reply.text(), want);
    }
    let error = script("lo", "first").merge(script("long", "second"));
    assert!(error.unwrap_err().to_string().contains("is never given"));
}
