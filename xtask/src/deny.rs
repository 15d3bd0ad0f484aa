//! `cargo xtask deny`: licences, banned crates, sources and advisories of every
//! dependency, as `deny.toml` asks for them.
//!
//! cargo-deny does the checking. When it is missing it is built from crates.io
//! into `target/tools`, once, at a pinned version, so that a clean clone checks
//! the same as any other machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::{self, ProcessError};
use crate::workspace::{self, WorkspaceError};

/// The cargo-deny that is built; `deny.toml` is written for it.
const VERSION: &str = "0.20.2";

/// Longest time the advisory database may take to arrive.
const FETCH_LIMIT: Duration = Duration::from_secs(60);

/// The dependencies were refused or could not be checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DenyError {
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    #[error("cargo-deny {VERSION} could not be built; see above")]
    Build(#[source] ProcessError),
    #[error("a dependency is refused; change it, or deny.toml with a reason")]
    Refused(#[source] ProcessError),
    #[error("an advisory speaks against a dependency; see above")]
    Advisory(#[source] ProcessError),
}

/// Checks all dependencies; says aloud when advisories could not be checked.
pub(crate) fn run() -> Result<(), DenyError> {
    let tools = workspace::read()?.target_dir.join("tools");
    let deny = Deny {
        program: find_or_build(&tools)?,
    };
    process::run(deny.command(&["--workspace", "check", "licenses", "bans", "sources"]))
        .map_err(DenyError::Refused)?;
    if let Err(error) =
        process::run_within(deny.command(&["--workspace", "fetch", "db"]), FETCH_LIMIT)
    {
        println!("advisories NOT CHECKED: their database could not be fetched ({error})");
        return Ok(());
    }
    process::run(deny.command(&["--workspace", "check", "--disable-fetch", "advisories"]))
        .map_err(DenyError::Advisory)
}

/// A cargo-deny that answers.
struct Deny {
    program: PathBuf,
}

impl Deny {
    fn command(&self, args: &[&str]) -> Command {
        process::command(&self.program.to_string_lossy(), args)
    }
}

fn find_or_build(tools: &Path) -> Result<PathBuf, DenyError> {
    let built = tools.join("bin").join("cargo-deny");
    for candidate in [Path::new("cargo-deny"), &built] {
        if is_the_version(candidate) {
            return Ok(candidate.to_owned());
        }
    }
    println!(
        "cargo-deny {VERSION} is missing: building it once into {}",
        tools.display()
    );
    process::run(build(tools)).map_err(DenyError::Build)?;
    // Only disk is lost if this fails.
    let _ = std::fs::remove_dir_all(build_dir(tools));
    Ok(built)
}

/// Another version may read `deny.toml` otherwise, so only the pinned one counts.
fn is_the_version(program: &Path) -> bool {
    process::answer(&program.to_string_lossy(), &["--version"])
        .is_some_and(|answer| names_the_version(&answer))
}

fn names_the_version(answer: &str) -> bool {
    answer.strip_prefix("cargo-deny ") == Some(VERSION)
}

fn build_dir(tools: &Path) -> PathBuf {
    tools.join("build")
}

fn build(tools: &Path) -> Command {
    let mut command = process::cargo(&["install", "--locked", "--debug", "cargo-deny"]);
    command
        .args(["--version", VERSION])
        .arg("--root")
        .arg(tools)
        .arg("--target-dir")
        .arg(build_dir(tools));
    // It checks one lock file and is thrown away: building it must be fast, not it.
    command.env("CARGO_PROFILE_DEV_DEBUG", "0");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_pinned_version_is_used() {
        for (answer, want) in [
            (format!("cargo-deny {VERSION}"), true),
            (format!("cargo-deny {VERSION}1"), false),
            ("cargo-deny 0.14.2".to_owned(), false),
            (VERSION.to_owned(), false),
        ] {
            assert_eq!(names_the_version(&answer), want, "{answer}");
        }
    }

    #[test]
    fn the_build_is_pinned_and_stays_inside_the_target_folder() {
        let line = process::line(&build(Path::new("target/tools")));
        assert_eq!(
            line.trim_start_matches("cargo "),
            format!(
                "install --locked --debug cargo-deny --version {VERSION} \
                 --root target/tools --target-dir target/tools/build"
            )
        );
    }
}
