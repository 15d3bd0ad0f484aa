//! bubblewrap: the sandbox in which commands of an agent run, on Linux.
//!
//! Being installed is not enough: containers often forbid the namespaces it
//! needs, so it is tried once.

use super::{Finding, apt, machine};
use crate::process;

const LOST: &str = "tests of the bubblewrap sandbox are skipped";

pub(super) fn set_up() -> Finding {
    if !machine::is_linux() {
        return Finding::missing(LOST, "it exists on Linux only");
    }
    match apt::found_or_installed("bubblewrap", version) {
        Ok(version) => tried(version),
        Err(remedy) => Finding::missing(LOST, remedy),
    }
}

fn version() -> Option<String> {
    process::answer("bwrap", &["--version"])
}

fn tried(version: String) -> Finding {
    let args = ["--unshare-all", "--die-with-parent", "--ro-bind", "/", "/"];
    let mut sandbox = process::command("bwrap", &args);
    sandbox.arg("true");
    match process::output(sandbox) {
        Ok(_) => Finding::ready(version),
        Err(error) => Finding::missing(
            format!("{version} is installed but makes no sandbox here, so {LOST}"),
            format!("allow user namespaces: {error}"),
        ),
    }
}
