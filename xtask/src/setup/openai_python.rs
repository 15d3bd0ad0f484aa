//! OpenAI's own client for Python, in an environment of its own below the target folder.
//!
//! The tests of the mock server hold it against that server. One version, so that a new release
//! of it changes no test; its dependencies are whatever pip finds.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Finding, apt, machine};
use crate::process::{self, ProcessError};
use crate::workspace;

/// The version that the tests were written against.
const VERSION: &str = "3.54.0";
/// Names the Python that has the client.
const VARIABLE: &str = "AGENTFLOW_PYTHON_OPENAI";
/// Where the tests look for it where nothing names one.
const FOLDER: &str = "python-openai";

const LOST: &str = "tests with OpenAI's client for Python are skipped";
/// Debian keeps this part of Python apart.
const VENV_PACKAGE: &str = "python3-venv";

/// Longest time for one of the steps; a package index that is slower than this is down.
const LIMIT: Duration = Duration::from_secs(300);

pub(super) fn set_up() -> Finding {
    if let Some(python) = named() {
        return Finding::ready(format!("the one that {VARIABLE} names, {python}"));
    }
    let folder = match workspace::read() {
        Ok(workspace) => workspace.target_dir.join(FOLDER),
        Err(error) => return Finding::missing(LOST, error.to_string()),
    };
    let python = python_in(&folder);
    if version(&python).as_deref() == Some(VERSION) {
        return Finding::ready(format!("openai {VERSION}"));
    }
    match install(&folder, &python) {
        Ok(()) => Finding::ready(format!("openai {VERSION}, installed just now")),
        Err(why) => {
            // What is half installed would be taken for the whole by the tests.
            let _ = std::fs::remove_dir_all(&folder);
            Finding::missing(LOST, why)
        }
    }
}

/// Tells a program where the Python is that has the client, if there is one.
pub(crate) fn tell(command: &mut Command, target_dir: &Path) {
    let python = python_in(&target_dir.join(FOLDER));
    if named().is_none() && python.exists() {
        command.env(VARIABLE, python);
    }
}

/// The Python that the person who runs this has chosen.
fn named() -> Option<String> {
    let named = std::env::var(VARIABLE).ok();
    named.filter(|python| !python.is_empty())
}

fn python_in(folder: &Path) -> PathBuf {
    folder.join("bin").join("python")
}

fn version(python: &Path) -> Option<String> {
    let print = "import openai; print(openai.__version__)";
    process::answer(&python.to_string_lossy(), &["-I", "-c", print])
}

fn install(folder: &Path, python: &Path) -> Result<(), String> {
    make_environment(folder)?;
    let wanted = format!("openai=={VERSION}");
    let args = ["-I", "-m", "pip", "install", "--quiet"];
    let mut pip = process::command(&python.to_string_lossy(), &args);
    pip.args(["--disable-pip-version-check", &wanted]);
    let said = |error: ProcessError| {
        format!("{error}; it takes a package index that pip reaches and that has `{wanted}`")
    };
    process::run_within(pip, LIMIT).map_err(said)?;
    match version(python) {
        Some(found) if found == VERSION => Ok(()),
        found => Err(format!("pip installed {found:?} and not {VERSION}")),
    }
}

fn make_environment(folder: &Path) -> Result<(), String> {
    let by_hand = || machine::install_by_hand(VENV_PACKAGE);
    let Err(error) = venv(folder) else {
        return Ok(());
    };
    if !apt::is_possible() {
        return Err(format!("{error}; {}", by_hand()));
    }
    apt::install(VENV_PACKAGE).map_err(|error| format!("{error}; {}", by_hand()))?;
    venv(folder).map_err(|error| format!("{error}; {}", by_hand()))
}

fn venv(folder: &Path) -> Result<(), ProcessError> {
    let mut venv = process::command("python3", &["-m", "venv", "--clear"]);
    venv.arg(folder);
    process::run_within(venv, LIMIT)
}
