//! Installs one Debian package, when root may do so.

use std::process::Command;
use std::time::Duration;

use super::machine;
use crate::process::{self, ProcessError};

/// Longest time one `apt-get` may take; a mirror that is slower than this is down.
const LIMIT: Duration = Duration::from_secs(300);

/// Whether packages can be installed here without asking anyone.
pub(crate) fn is_possible() -> bool {
    machine::is_linux()
        && machine::is_root()
        && process::answer("apt-get", &["--version"]).is_some()
}

/// Installs `package` after refreshing the lists, which a fresh machine lacks.
pub(crate) fn install(package: &str) -> Result<(), ProcessError> {
    process::run_within(apt_get(&["update", "-qq"]), LIMIT)?;
    let install = ["install", "-y", "-qq", "--no-install-recommends", package];
    process::run_within(apt_get(&install), LIMIT)
}

/// What `look` finds of a package, which is installed before where that may be done.
///
/// # Errors
/// What a person has to do, in words.
pub(super) fn found_or_installed(
    package: &str,
    look: fn() -> Option<String>,
) -> Result<String, String> {
    if let Some(found) = look() {
        return Ok(found);
    }
    let by_hand = || machine::install_by_hand(package);
    if is_possible() {
        install(package).map_err(|error| format!("{error}; {}", by_hand()))?;
    }
    look().ok_or_else(by_hand)
}

fn apt_get(args: &[&str]) -> Command {
    let mut command = process::command("apt-get", args);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    // Debian's word for "start no services": a package of a server is wanted for its
    // programs.
    command.env("RUNLEVEL", "1");
    command
}
