//! The official client for Python, held against the server.
//!
//! `cargo xtask test` installs it and says where its Python is; what it asserts is in
//! `openai_client.py`.

use std::path::{Path, PathBuf};

use agentflow_llm::{Script, ScriptedModel};
use agentflow_mock_openai::{MockOpenAi, MockOptions};
use tokio::process::Command;

/// Names a Python that has the client.
const VARIABLE: &str = "AGENTFLOW_PYTHON_OPENAI";

const CHECKS: [&str; 10] = [
    "chat",
    "content_in_parts",
    "tools_in_two_rounds",
    "streamed_text",
    "parallel_tools_in_a_stream",
    "typed_answer",
    "embeddings",
    "models",
    "errors",
    "error_in_the_middle_of_a_stream",
];

/// The Python that has the client, or `None` and a loud note.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
fn python() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).filter(|python| !python.is_empty());
    let python = named.map_or_else(
        || Path::new(env!("CARGO_TARGET_TMPDIR")).join("../python-openai/bin/python"),
        PathBuf::from,
    );
    if !python.exists() {
        eprintln!(
            "SKIPPED: no Python with the client of OpenAI; `cargo xtask test` installs it, or set {VARIABLE} to one"
        );
        return None;
    }
    Some(python)
}

#[tokio::test]
async fn the_official_client_for_python_gets_what_it_expects() {
    let Some(python) = python() else { return };
    let model = ScriptedModel::from_script(Script::parse(include_str!("python.toml")).unwrap());
    let options = MockOptions {
        key: Some("right".into()),
        ..MockOptions::default()
    };
    let mock = MockOpenAi::start_with(model, options).await.unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/openai_client.py");
    let mut client = Command::new(python);
    // Of this machine's settings none counts: proxies, keys, other packages. No bytecode is
    // left beside the program.
    client.env_clear().args(["-I", "-B"]).arg(program);
    client.env("OPENAI_BASE_URL", mock.base_url());
    let ended = client.kill_on_drop(true).output().await.unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    let complaints = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}\n{complaints}");
    let passed = said
        .lines()
        .filter_map(|line| line.strip_prefix("passed: "));
    assert_eq!(passed.collect::<Vec<_>>(), CHECKS, "{said}\n{complaints}");
}
