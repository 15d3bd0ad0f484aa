//! What a model hears back from its calls.

use std::io;

use agentflow_llm::{Message, ToolBox, ToolCall, ToolError, ToolOutput, ToolSpec, tool_fn};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, JsonSchema)]
struct ReadFile {
    /// Path from the root.
    path: String,
    range: Option<Range>,
}

#[derive(Deserialize, JsonSchema)]
struct Range {
    first: u32,
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

fn tools() -> ToolBox {
    ToolBox::new()
        .with(tool_fn(
            "read_file",
            "Reads a file.",
            |args: ReadFile| async move {
                match (args.path.as_str(), args.range) {
                    ("long", _) => Ok(ToolOutput::from("é".repeat(20_000))),
                    ("gone", _) => Err(ToolError::failed("there is no file `gone`")),
                    (_, Some(Range { first: 0 })) => {
                        Err(ToolError::arguments("`first` counts from 1"))
                    }
                    ("disk", _) => Err(ToolError::fatal(
                        "reading the workspace",
                        io::Error::other("disk on fire"),
                    )),
                    (path, _) => Ok(ToolOutput::from(format!("text of {path}"))),
                }
            },
        ))
        .with(tool_fn("list", "Lists files.", |_: Nothing| async {
            Ok("a b")
        }))
}

#[tokio::test]
async fn every_call_is_answered_with_a_text_the_model_can_act_on() {
    for (name, arguments, want) in [
        ("read_file", r#"{"path": "a"}"#, "text of a"),
        ("list", "", "a b"),
        ("list", "{}", "a b"),
        (
            "write",
            "{}",
            "error: there is no tool `write`; the tools are: list, read_file",
        ),
        (
            "read_file",
            r#"{"path": "#,
            "error: the arguments of `read_file` are not valid JSON: EOF while parsing a value at line 1 column 8; send one complete JSON object",
        ),
        (
            "read_file",
            r#""a""#,
            "error: the arguments of `read_file` must be one JSON object, not a string",
        ),
        (
            "read_file",
            "{}",
            "error: the arguments of `read_file` do not fit its parameters: missing field `path`; correct them and call again",
        ),
        (
            "read_file",
            r#"{"path": "a", "range": {"first": 0}}"#,
            "error: `first` counts from 1",
        ),
        (
            "read_file",
            r#"{"path": "gone"}"#,
            "error: there is no file `gone`",
        ),
    ] {
        let answer = tools()
            .call(&ToolCall::new("c7", name, arguments))
            .await
            .unwrap();
        assert_eq!(
            answer,
            Message::tool_result("c7", want),
            "{name} {arguments}"
        );
    }
}

#[tokio::test]
async fn only_our_own_fault_stops_the_run() {
    let call = ToolCall::new("c", "read_file", r#"{"path": "disk"}"#);
    let error = tools().call(&call).await.unwrap_err();
    assert!(matches!(error, ToolError::Fatal { .. }), "{error:?}");
    assert_eq!(error.to_string(), "tool cannot work: reading the workspace");
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "disk on fire"
    );
}

#[tokio::test]
async fn a_long_answer_is_cut_in_the_middle() {
    let call = ToolCall::new("c", "read_file", r#"{"path": "long"}"#);
    for (tools, bytes_max) in [(tools(), 16 * 1024), (tools().output_bytes_max(200), 200)] {
        let answer = tools.call(&call).await.unwrap();
        let text = answer.text();
        assert!(
            text.len() <= bytes_max && text.len() > bytes_max - 64,
            "{}",
            text.len()
        );
        assert!(text.starts_with("éé") && text.ends_with("éé"));
        assert!(text.contains(" bytes left out …]"));
    }
}

#[test]
fn the_model_is_told_the_schema_in_one_piece_and_in_a_fixed_order() {
    let specs = tools().specs();
    let nothing = ToolSpec {
        name: "list".into(),
        description: "Lists files.".into(),
        parameters: json!({"type": "object"}),
    };
    assert_eq!(specs[0], nothing);
    assert_eq!(
        specs[1].parameters,
        json!({
            "type": "object",
            "properties": {
                "path": {"description": "Path from the root.", "type": "string"},
                "range": {"type": ["object", "null"], "properties": {"first": {"type": "integer", "format": "uint32", "minimum": 0}}, "required": ["first"]},
            },
            "required": ["path"],
        })
    );
}

#[test]
fn a_later_tool_replaces_one_of_the_same_name() {
    let tools = tools().with(tool_fn("list", "Lists better.", |_: Nothing| async {
        Ok("a")
    }));
    assert_eq!(tools.names().collect::<Vec<_>>(), ["list", "read_file"]);
    assert_eq!(tools.specs()[0].description, "Lists better.");
}
