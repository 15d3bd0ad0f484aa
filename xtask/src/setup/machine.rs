//! What kind of machine this is, as far as an installer must know.

use crate::process;

/// Whether this is Linux; other systems have no bubblewrap.
pub(crate) fn is_linux() -> bool {
    cfg!(target_os = "linux")
}

/// Whether packages of the system may be installed without asking.
pub(crate) fn is_root() -> bool {
    process::answer("id", &["-u"]).as_deref() == Some("0")
}

/// The command a person types to install a package of the system.
pub(crate) fn install_by_hand(package: &str) -> String {
    if cfg!(target_os = "macos") {
        return format!("install it with `brew install {package}`");
    }
    if process::answer("apt-get", &["--version"]).is_some() {
        return format!("install it with `sudo apt-get update && sudo apt-get install {package}`");
    }
    format!("install `{package}` with this system's package manager")
}
