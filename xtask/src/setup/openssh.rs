//! ssh-keygen: makes the keys with which a few tests sign commits.

use super::{Finding, apt, machine};
use crate::process;

const PACKAGE: &str = "openssh-client";
const LOST: &str = "tests that sign commits are skipped";

pub(super) fn set_up() -> Finding {
    if let Some(place) = place() {
        return Finding::ready(place);
    }
    if apt::is_possible()
        && let Err(error) = apt::install(PACKAGE)
    {
        let by_hand = machine::install_by_hand(PACKAGE);
        return Finding::missing(LOST, format!("{error}; {by_hand}"));
    }
    place().map_or_else(
        || Finding::missing(LOST, machine::install_by_hand(PACKAGE)),
        Finding::ready,
    )
}

/// It has no option that only says its version.
fn place() -> Option<String> {
    process::answer("sh", &["-c", "command -v ssh-keygen"])
}
