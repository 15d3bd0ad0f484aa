//! rustfmt: agents format the Rust code they write, and tests of that run it.
//!
//! cargo itself is not looked for: it started this program.

use super::Finding;
use crate::process;

pub(super) fn set_up() -> Finding {
    if let Some(version) = version() {
        return Finding::ready(version);
    }
    let install = process::command("rustup", &["component", "add", "rustfmt"]);
    if process::run(install).is_ok()
        && let Some(version) = version()
    {
        return Finding::ready(version);
    }
    Finding::missing(
        "tests that format Rust code fail or are skipped",
        "install it with `rustup component add rustfmt`",
    )
}

fn version() -> Option<String> {
    process::answer("rustfmt", &["--version"])
}
