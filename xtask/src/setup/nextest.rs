//! cargo-nextest: one process per test, time limits, and a group for crash tests.
//!
//! Not installed from source when it is missing: building it takes longer than
//! all tests together, and `cargo test` runs the same tests.

use super::Finding;
use crate::process;

/// The name of this part.
pub(super) const NAME: &str = "nextest";

pub(super) fn set_up() -> Finding {
    let version = process::output(process::cargo(&["nextest", "--version"]));
    match version {
        Ok(text) => Finding::ready(text.lines().next().unwrap_or("cargo-nextest").trim()),
        Err(_) => Finding::missing(
            "`cargo test` runs the tests instead, without time limits",
            "install it with `cargo install --locked cargo-nextest` or a binary from its site",
        ),
    }
}
