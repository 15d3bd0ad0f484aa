//! python3: a few tests run real Python projects; everything else does without.

use super::{Finding, machine};
use crate::process;

pub(super) fn set_up() -> Finding {
    process::answer("python3", &["--version"]).map_or_else(
        || {
            Finding::missing(
                "tests that run Python projects are skipped",
                machine::install_by_hand("python3"),
            )
        },
        Finding::ready,
    )
}
