//! Finds recorded data, which is not part of the project.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// One recorded exchange with OpenRouter.
#[derive(Deserialize)]
pub(crate) struct Exchange {
    pub(crate) file: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) sse: bool,
    pub(crate) request_body: Value,
    pub(crate) body: Value,
}

/// The text of a data file, or `None` and a loud note.
#[expect(clippy::print_stderr, reason = "a skipped test must be seen")]
pub(crate) fn read(name: &str) -> Option<String> {
    let folder = std::env::var_os("AGENTFLOW_TEST_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(folder.join(name));
    if let Err(error) = &text {
        eprintln!(
            "SKIPPED: no test data `{name}` ({error}); set AGENTFLOW_TEST_DATA to its folder"
        );
    }
    text.ok()
}

/// The recorded chat exchanges that are not streams.
pub(crate) fn chat_exchanges() -> Vec<Exchange> {
    exchanges(|exchange| !exchange.sse && exchange.path.ends_with("/chat/completions"))
}

/// The recorded streams of whatever endpoint.
pub(crate) fn streams() -> Vec<Exchange> {
    exchanges(|exchange| exchange.sse)
}

fn exchanges(wanted: impl Fn(&Exchange) -> bool) -> Vec<Exchange> {
    let recorded = read("contracts/recordings/openrouter-mit.jsonl").unwrap_or_default();
    let exchanges = recorded
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    exchanges.filter(wanted).collect()
}
