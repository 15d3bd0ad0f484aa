//! Replies from files: which one a request gets, and what is wrong with a file.

use agentflow_llm::{ChatModel, ChatRequest, Message, Script, ScriptedModel, Usage};
use serde_json::{Value, json};

const SCRIPT: &str = r#"
[[reply]]
label = "code/1"
prompt_contains = ["fix", "rules"]
text = "I look first."

[[reply.call]]
tool = "read_file"
arguments = { path = "src/lib.rs", lines = [1, 2], deep = { at = 2026-11-21T15:00:00Z } }

[[reply.call]]
tool = "list"

[[reply]]
label = "review/1"
text = '"approve"'
usage = { prompt_tokens = 10, completion_tokens = 2, cost_micro_usd = 5 }

[[reply]]
label = "code/1"
prompt_contains = ["the file's text"]
[[reply.call]]
tool = "write_file"
[reply.call.arguments]
content = '''
fn main() {
    println!("{}", "\n");
}
'''

[[reply]]
label = "code/1"
turn = 5
[[reply.call]]
tool = "list"
arguments = "{broken"

[[reply]]
label = "code/1"
text = "after the fifth"
"#;

fn conversation(label: &str, turns: usize) -> ChatRequest {
    let mut messages = vec![Message::system("rules"), Message::user("fix it")];
    for _ in 0..turns {
        messages.push(Message::assistant("…"));
        messages.push(Message::tool_result("c", "the file's text"));
    }
    ChatRequest::new(messages).label(label)
}

#[tokio::test]
async fn the_label_and_the_turn_choose_the_reply_and_nothing_else_does() {
    let script = Script::parse(SCRIPT).unwrap();
    let model = ScriptedModel::from_script(script.clone());
    let restarted = ScriptedModel::from_script(script);
    for (label, turn, want) in [
        ("code/1", 1, "call_code_1_1_0"),
        ("review/1", 0, r#""approve""#),
        ("code/1", 6, "after the fifth"),
        ("code/1", 0, "I look first."),
        ("code/1", 5, "call_code_1_5_0"),
    ] {
        let first = model.complete(conversation(label, turn)).await.unwrap();
        let again = model.complete(conversation(label, turn)).await.unwrap();
        let elsewhere = restarted.complete(conversation(label, turn)).await.unwrap();
        assert_eq!((&first, &first), (&again, &elsewhere));
        let call = first
            .message
            .tool_calls
            .first()
            .map(|call| call.id.as_str());
        let said = first.message.text.as_deref().or(call);
        assert_eq!(said, Some(want), "{label}, turn {turn}");
    }
}

#[tokio::test]
async fn calls_and_usage_arrive_as_written() {
    let model = ScriptedModel::from_script(Script::parse(SCRIPT).unwrap());
    let look = model.complete(conversation("code/1", 0)).await.unwrap();
    let [read, list] = &look.message.tool_calls[..] else {
        panic!("{look:?}");
    };
    assert_eq!(
        read.parse_arguments::<Value>().unwrap(),
        json!({"path": "src/lib.rs", "lines": [1, 2], "deep": {"at": "2026-11-21T15:00:00Z"}})
    );
    assert_eq!(
        (list.id.as_str(), list.arguments.as_str()),
        ("call_code_1_0_1", "{}")
    );
    let write = model.complete(conversation("code/1", 1)).await.unwrap();
    let arguments: Value = write.message.tool_calls[0].parse_arguments().unwrap();
    assert_eq!(
        arguments["content"],
        "fn main() {\n    println!(\"{}\", \"\\n\");\n}\n"
    );
    let broken = model.complete(conversation("code/1", 5)).await.unwrap();
    assert_eq!(broken.message.tool_calls[0].arguments, "{broken");
    let review = model.complete(conversation("review/1", 0)).await.unwrap();
    let mut usage = Usage::tokens(10, 2);
    usage.cost_micro_usd = Some(5);
    assert_eq!(review.usage, usage);
    assert_eq!(look.usage.cost_micro_usd, Some(0));
}

#[tokio::test]
async fn a_request_without_its_reply_is_refused_with_what_there_is() {
    let model = ScriptedModel::from_script(Script::parse(SCRIPT).unwrap());
    for (request, want) in [
        (
            conversation("code/2", 0),
            "the script has no reply for label `code/2`, turn 0 (it has: code/1 turn 0, code/1 turn 1, code/1 turn 5, code/1 turn 6, review/1 turn 0); add one, or check the request's label and prompt",
        ),
        (
            ChatRequest::user("x"),
            "the script has no reply for a request without a label, turn 0 (it has: code/1",
        ),
        (
            ChatRequest::user("fix it").label("code/1"),
            "the scripted reply at line 2 expects the prompt to contain `rules`, and it does not; correct the script or the prompt",
        ),
    ] {
        let error = model.complete(request).await.unwrap_err();
        assert!(error.to_string().starts_with(want), "{error}");
        assert!(!error.is_retryable());
    }
    let own_words = ChatRequest::new([Message::user("x"), Message::assistant("the file's text")]);
    let error = model.complete(own_words.label("code/1")).await.unwrap_err();
    assert!(
        error.to_string().contains("to contain `the file's text`"),
        "{error}"
    );
}

#[test]
fn a_wrong_script_is_refused_with_line_and_reply() {
    let reply = "[[reply]]\nlabel = 'a'\ntext = 'x'\n";
    for (text, want) in [
        ("".to_owned(), "line 1: the script holds no `[[reply]]`"),
        ("[[reply]]\nlabel = \n".to_owned(), "line 2: "),
        (format!("{reply}txt = 'x'\n"), "line 4: unknown field `txt`"),
        (
            format!("{reply}\n{reply}turn = 0\n"),
            "line 5: reply 2 (label `a`) is for turn 0, as is the one at line 1; give one of them another `turn`",
        ),
        (
            format!("{reply}[[reply]]\nlabel = 'b'\n"),
            "line 4: reply 2 (label `b`) has neither `text` nor a `[[reply.call]]`",
        ),
        (
            "[[reply]]\nlabel = ' '\ntext = 'x'\n".to_owned(),
            "line 1: reply 1 (label ` `) has an empty label",
        ),
        (
            format!("{reply}[[reply.call]]\ntool = 't'\narguments = 3\n"),
            "line 1: reply 1 (label `a`) calls `t` with arguments that are neither",
        ),
        (
            format!("{reply}usage = {{ prompt = 1 }}\n"),
            "line 4: unknown field `prompt`",
        ),
        (format!("{reply}turn = -1\n"), "line 4: "),
    ] {
        let error = Script::parse(&text).unwrap_err().to_string();
        assert!(error.starts_with(want), "{text}: {error}");
    }
}

#[test]
fn a_file_is_named_in_its_errors() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join("wrong-script.toml");
    std::fs::write(&path, "\n[[reply]]\nlabel = 'a'\n").unwrap();
    let error = Script::load(&path).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("{}:2: reply 1 (label `a`) ", path.display())),
        "{error}"
    );
    let error = Script::load(folder.join("no-such-script.toml")).unwrap_err();
    assert!(
        error.to_string().ends_with("no-such-script.toml"),
        "{error}"
    );
}

#[test]
fn scripts_merge_unless_they_answer_the_same() {
    let script = |label: &str| {
        Script::parse(&format!("[[reply]]\nlabel = '{label}'\ntext = 'x'\n")).unwrap()
    };
    assert!(script("a").merge(script("b")).is_ok());
    let error = script("a").merge(script("a")).unwrap_err().to_string();
    assert!(
        error.starts_with("line 1: reply 1 (label `a`) is for turn 0, as is the one at line 1"),
        "{error}"
    );
}
