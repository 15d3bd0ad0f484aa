//! ssh-keygen: makes the keys with which a few tests sign commits.

use super::{Finding, apt};
use crate::process;

const LOST: &str = "tests that sign commits are skipped";

pub(super) fn set_up() -> Finding {
    match apt::found_or_installed("openssh-client", place) {
        Ok(found) => Finding::ready(found),
        Err(remedy) => Finding::missing(LOST, remedy),
    }
}

/// It has no option that only says its version.
fn place() -> Option<String> {
    process::answer("sh", &["-c", "command -v ssh-keygen"])
}
