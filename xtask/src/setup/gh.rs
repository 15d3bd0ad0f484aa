//! gh, GitHub's own command: a test lets it speak to the forge.

use super::{Finding, apt};
use crate::process;

const LOST: &str = "tests with gh are skipped";

pub(super) fn set_up() -> Finding {
    match apt::found_or_installed("gh", version) {
        Ok(found) => Finding::ready(found),
        Err(remedy) => Finding::missing(LOST, remedy),
    }
}

fn version() -> Option<String> {
    let said = process::answer("gh", &["--version"])?;
    said.lines().next().map(str::to_owned)
}
