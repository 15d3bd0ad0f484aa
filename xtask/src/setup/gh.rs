//! gh, GitHub's own command: a test lets it speak to the forge.

use super::{Finding, apt, machine};
use crate::process;

const LOST: &str = "tests with gh are skipped";

pub(super) fn set_up() -> Finding {
    if let Some(version) = version() {
        return Finding::ready(version);
    }
    if apt::is_possible()
        && let Err(error) = apt::install("gh")
    {
        return Finding::missing(LOST, format!("{error}; {}", machine::install_by_hand("gh")));
    }
    version().map_or_else(
        || Finding::missing(LOST, machine::install_by_hand("gh")),
        Finding::ready,
    )
}

fn version() -> Option<String> {
    let said = process::answer("gh", &["--version"])?;
    said.lines().next().map(str::to_owned)
}
