//! What a model is told when it calls a tool.

use std::sync::Arc;

use agentflow_llm::{Tool, ToolError};
use agentflow_tools::{Limits, ToolOptions, Workspace, workspace_tools};
use serde_json::{Value, json};

use crate::support::{sandboxes, workspace};

const FILES: [(&str, &str); 9] = [
    (
        "src/lib.rs",
        "fn alpha() {}\n\nfn beta() {\n    alpha();\n}\n",
    ),
    ("src/deep/b.rs", "// Alpha\n"),
    ("src-more.txt", "alpha\n"),
    ("README.md", "# Alpha\n"),
    (".gitignore", "*.log\n/target\n"),
    ("noise.log", "alpha\n"),
    ("target/out.rs", "alpha\n"),
    ("src/target/kept.rs", "kept\n"),
    (".git/config", "alpha\n"),
];

async fn tools(workspace: &Workspace, options: &ToolOptions) -> Vec<Arc<dyn Tool>> {
    let sandbox = sandboxes().await.remove(0);
    workspace_tools(workspace, sandbox, options)
}

/// The answer's text, or who is to blame and what they are told.
async fn ask(tools: &[Arc<dyn Tool>], name: &str, arguments: Value) -> String {
    let tool = tools.iter().find(|tool| tool.spec().name == name).unwrap();
    match tool.call(arguments).await {
        Ok(output) => output.text,
        Err(error @ ToolError::Arguments { .. }) => format!("arguments: {error}"),
        Err(error @ ToolError::Failed { .. }) => format!("failed: {error}"),
        Err(error) => panic!("fatal: {error}"),
    }
}

#[tokio::test]
async fn read_file_shows_numbered_lines() {
    let (_files, workspace) = workspace(&[
        ("a.txt", "one\ntwo\nthree\nfour\nfive"),
        ("empty", ""),
        ("wide.txt", "0123456789ä0123456789\n"),
    ]);
    let options = ToolOptions {
        read_lines_max: 3,
        line_bytes_max: 11,
        ..ToolOptions::default()
    };
    let tools = tools(&workspace, &options).await;
    for (arguments, want) in [
        (
            json!({"path": "a.txt"}),
            "a.txt, lines 1 to 3 of 5\n     1 | one\n     2 | two\n     3 | three\n[there is more: read from line 4]\n",
        ),
        (
            json!({"path": "a.txt", "first_line": 4}),
            "a.txt, lines 4 to 5 of 5\n     4 | four\n     5 | five\n",
        ),
        (
            json!({"path": "a.txt", "first_line": 2, "last_line": 2}),
            "a.txt, lines 2 to 2 of 5\n     2 | two\n",
        ),
        (
            json!({"path": "a.txt", "first_line": 6}),
            "arguments: a.txt has 5 lines; line 6 is behind its end",
        ),
        (
            json!({"path": "a.txt", "first_line": 3, "last_line": 2}),
            "arguments: last_line 2 is before first_line 3",
        ),
        (json!({"path": "empty"}), "empty is empty\n"),
        (
            json!({"path": "wide.txt"}),
            "wide.txt, lines 1 to 1 of 1\n     1 | 0123456789 [... 12 more bytes]\n",
        ),
        (
            json!({"path": "b.txt"}),
            "failed: file `b.txt` does not exist; list the folder to see what does",
        ),
        (
            json!({"path": "../b.txt"}),
            "arguments: path `../b.txt` leaves the workspace; give a path relative to its root, without `..`",
        ),
    ] {
        assert_eq!(
            ask(&tools, "read_file", arguments.clone()).await,
            want,
            "{arguments}"
        );
    }
}

#[tokio::test]
async fn list_files_shows_what_git_would() {
    let (_files, workspace) = workspace(&FILES);
    let tools_few = tools(
        &workspace,
        &ToolOptions {
            listed_files_max: 2,
            ..Default::default()
        },
    )
    .await;
    let tools = tools(&workspace, &ToolOptions::default()).await;
    for (arguments, want) in [
        (
            json!({}),
            ".gitignore\nREADME.md\nsrc-more.txt\nsrc/deep/b.rs\nsrc/lib.rs\nsrc/target/kept.rs\n",
        ),
        (
            json!({"path": "src"}),
            "src/deep/b.rs\nsrc/lib.rs\nsrc/target/kept.rs\n",
        ),
        (json!({"path": "target"}), "no files\n"),
        (
            json!({"glob": "*.rs"}),
            "src/deep/b.rs\nsrc/lib.rs\nsrc/target/kept.rs\n",
        ),
        (json!({"path": "src", "glob": "src/*.rs"}), "src/lib.rs\n"),
        (json!({"glob": "*.log"}), "no files\n"),
        (
            json!({"path": "README.md"}),
            "failed: `README.md` is not a folder; read it if it is a file",
        ),
    ] {
        assert_eq!(
            ask(&tools, "list_files", arguments.clone()).await,
            want,
            "{arguments}"
        );
    }
    let few = ask(&tools_few, "list_files", json!({})).await;
    assert_eq!(
        few,
        ".gitignore\nREADME.md\n[4 more files: list a folder, or give a glob]\n"
    );
    let wrong = ask(&tools, "list_files", json!({"glob": "a{"})).await;
    assert!(
        wrong.starts_with("arguments: glob `a{` is not valid"),
        "{wrong}"
    );
}

#[tokio::test]
async fn search_shows_matching_lines() {
    let (files, workspace) = workspace(&FILES);
    std::fs::write(files.path().join("bin.dat"), b"alpha\n\0\n").unwrap();
    let tools = tools(
        &workspace,
        &ToolOptions {
            matches_max: 3,
            ..Default::default()
        },
    )
    .await;
    for (arguments, want) in [
        (
            json!({"pattern": "alpha"}),
            "src-more.txt:1: alpha\nsrc/lib.rs:1: fn alpha() {}\nsrc/lib.rs:4:     alpha();\n",
        ),
        (
            json!({"pattern": "ALPHA", "ignore_case": true}),
            "README.md:1: # Alpha\nsrc-more.txt:1: alpha\nsrc/deep/b.rs:1: // Alpha\n\
             [stopped after 3 matches: narrow the pattern, the path or the glob]\n",
        ),
        (json!({"pattern": "^alpha$", "path": "src"}), "no matches\n"),
        (
            json!({"pattern": "beta", "path": "src/lib.rs", "context_lines": 1}),
            "src/lib.rs-2- \nsrc/lib.rs:3: fn beta() {\nsrc/lib.rs-4-     alpha();\n",
        ),
        (
            json!({"pattern": "Alpha", "glob": "*.md"}),
            "README.md:1: # Alpha\n",
        ),
    ] {
        let got = ask(&tools, "search", arguments.clone()).await;
        assert_eq!(got, want, "{arguments}");
        assert_eq!(
            ask(&tools, "search", arguments).await,
            got,
            "the same answer twice"
        );
    }
    let wrong = ask(&tools, "search", json!({"pattern": "("})).await;
    assert!(
        wrong.starts_with("arguments: the pattern is not valid"),
        "{wrong}"
    );
}

#[tokio::test]
async fn edit_changes_files_or_says_what_is_near() {
    let (files, workspace) = workspace(&FILES);
    let tools = tools(&workspace, &ToolOptions::default()).await;
    let edits = json!({"edits": [
        {"action": "replace", "path": "src/lib.rs", "old": "    alpha();", "new": "    gamma();"},
        {"action": "create", "path": "src/gamma.rs", "content": "fn gamma() {}\n"},
        {"action": "delete", "path": "src-more.txt"},
    ]});
    assert_eq!(
        ask(&tools, "edit", edits).await,
        "src/lib.rs: replaced at line 4\nsrc/gamma.rs: created\nsrc-more.txt: deleted\n"
    );
    assert!(!files.path().join("src-more.txt").exists());
    let wrong = json!({"edits": [
        {"action": "replace", "path": "src/lib.rs", "old": "fn beta () {", "new": "fn b() {"},
    ]});
    let answer = ask(&tools, "edit", wrong).await;
    assert!(
        answer.starts_with("failed: nothing was written: 1 of 1 edits"),
        "{answer}"
    );
    assert!(answer.contains("     3 | fn beta() {"), "{answer}");
    let unknown = json!({"edits": [{"action": "move", "path": "a"}]});
    assert!(
        ask(&tools, "edit", unknown)
            .await
            .starts_with("arguments: ")
    );
}

#[tokio::test]
async fn run_always_shows_how_the_command_ended() {
    let (_files, workspace) = workspace(&FILES);
    for sandbox in sandboxes().await {
        let options = ToolOptions {
            output_bytes_max: 200,
            env: [("FROM_OPTIONS".to_owned(), "yes".to_owned())].into(),
            limits: Limits {
                wall: std::time::Duration::from_secs(60),
                ..Limits::default()
            },
            ..ToolOptions::default()
        };
        let tools = workspace_tools(&workspace, sandbox, &options);
        for (arguments, want) in [
            (json!({"command": "true"}), "[exit code 0]\n"),
            (
                json!({"command": "echo out; echo err >&2; exit 2"}),
                "[exit code 2]\n[stdout]\nout\n[stderr]\nerr\n",
            ),
            (
                json!({"command": "ls", "cwd": "src/deep"}),
                "[exit code 0]\n[stdout]\nb.rs\n",
            ),
            (
                json!({"command": "echo $FROM_OPTIONS"}),
                "[exit code 0]\n[stdout]\nyes\n",
            ),
            (
                json!({"command": "sleep 300", "timeout_seconds": 1}),
                "[killed at its time limit]\n",
            ),
            (
                json!({"command": " "}),
                "arguments: the command is empty; give a line for the shell",
            ),
            (
                json!({"command": "true", "cwd": ".."}),
                "arguments: path `..` leaves the workspace; give a path relative to its root, without `..`",
            ),
        ] {
            assert_eq!(
                ask(&tools, "run", arguments.clone()).await,
                want,
                "{arguments}"
            );
        }
        let long = ask(&tools, "run", json!({"command": "seq 1 1000"})).await;
        assert!(
            long.starts_with("[exit code 0]\n[stdout]\n1\n2\n"),
            "{long}"
        );
        assert!(
            long.contains("bytes left out ...]") && long.ends_with("\n1000\n"),
            "{long}"
        );
        assert!(long.len() < 300, "{}", long.len());
        let place = ask(&tools, "run", json!({"command": "echo at $PWD/a.txt"})).await;
        let root = workspace.root().to_str().unwrap();
        assert!(!place.contains(root), "{place}");
    }
}

#[tokio::test]
async fn tools_are_described_in_a_fixed_order_with_plain_schemas() {
    let (_files, workspace) = workspace(&[]);
    let tools = tools(&workspace, &ToolOptions::default()).await;
    let names: Vec<_> = tools.iter().map(|tool| tool.spec().name).collect();
    assert_eq!(names, ["edit", "list_files", "read_file", "run", "search"]);
    for tool in &tools {
        let spec = tool.spec();
        assert_eq!(spec.parameters["type"], "object", "{}", spec.name);
        assert!(
            !spec.parameters.to_string().contains("$ref"),
            "{}",
            spec.name
        );
    }
}
