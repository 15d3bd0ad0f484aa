//! git: the forge serves real repositories with it, so most tests need it.

use super::{Finding, apt, machine};
use crate::process;

pub(super) fn set_up() -> Finding {
    if let Some(version) = version() {
        return Finding::ready(version);
    }
    if apt::is_possible()
        && let Err(error) = apt::install("git")
    {
        return Finding::required(format!("{error}; {}", machine::install_by_hand("git")));
    }
    version().map_or_else(
        || Finding::required(machine::install_by_hand("git")),
        Finding::ready,
    )
}

fn version() -> Option<String> {
    process::answer("git", &["--version"])
}
