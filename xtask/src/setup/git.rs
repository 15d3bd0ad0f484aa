//! git: the forge serves real repositories with it, so most tests need it.

use super::{Finding, apt};
use crate::process;

pub(super) fn set_up() -> Finding {
    match apt::found_or_installed("git", version) {
        Ok(version) => Finding::ready(version),
        Err(remedy) => Finding::required(remedy),
    }
}

fn version() -> Option<String> {
    process::answer("git", &["--version"])
}
