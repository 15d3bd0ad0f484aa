//! Clients for Python, each in an environment of its own below the target folder.
//!
//! Tests hold them against servers of ours. One version of each, so that a new release changes
//! no test; its dependencies are whatever pip finds.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Finding, apt, machine};
use crate::process::{self, ProcessError};
use crate::workspace;

/// A package of the Python Package Index that tests use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PythonClient {
    /// What pip calls it.
    package: &'static str,
    /// The version that the tests were written against.
    version: &'static str,
    /// Names the Python that has the client.
    variable: &'static str,
    /// Where the tests look for it where nothing names one.
    folder: &'static str,
    lost: &'static str,
}

/// OpenAI's own, for the mock of its server.
pub(crate) const OPENAI: PythonClient = PythonClient {
    package: "openai",
    version: "3.54.0",
    variable: "AGENTFLOW_PYTHON_OPENAI",
    folder: "python-openai",
    lost: "tests with OpenAI's client for Python are skipped",
};

/// The one most used for GitHub, for the forge.
pub(crate) const PYGITHUB: PythonClient = PythonClient {
    package: "PyGithub",
    version: "2.10.0",
    variable: "AGENTFLOW_PYTHON_GITHUB",
    folder: "python-github",
    lost: "tests with PyGithub are skipped",
};

/// Debian keeps this part of Python apart.
const VENV_PACKAGE: &str = "python3-venv";

/// Longest time for one of the steps; a package index that is slower than this is down.
const LIMIT: Duration = Duration::from_secs(300);

impl PythonClient {
    pub(super) fn set_up(self) -> Finding {
        if let Some(python) = self.named() {
            return Finding::ready(format!("the one that {} names, {python}", self.variable));
        }
        let folder = match workspace::read() {
            Ok(workspace) => workspace.target_dir.join(self.folder),
            Err(error) => return Finding::missing(self.lost, error.to_string()),
        };
        let python = python_in(&folder);
        let wanted = format!("{} {}", self.package, self.version);
        if self.found_in(&python).as_deref() == Some(self.version) {
            return Finding::ready(wanted);
        }
        match self.install(&folder, &python) {
            Ok(()) => Finding::ready(format!("{wanted}, installed just now")),
            Err(why) => {
                // What is half installed would be taken for the whole by the tests.
                let _ = std::fs::remove_dir_all(&folder);
                Finding::missing(self.lost, why)
            }
        }
    }

    /// Tells a program where the Python is that has the client, if there is one.
    pub(crate) fn tell(self, command: &mut Command, target_dir: &Path) {
        let python = python_in(&target_dir.join(self.folder));
        if self.named().is_none() && python.exists() {
            command.env(self.variable, python);
        }
    }

    /// The Python that the person who runs this has chosen.
    fn named(self) -> Option<String> {
        let named = std::env::var(self.variable).ok();
        named.filter(|python| !python.is_empty())
    }

    fn found_in(self, python: &Path) -> Option<String> {
        let print = format!(
            "import importlib.metadata; print(importlib.metadata.version('{}'))",
            self.package
        );
        process::answer(&python.to_string_lossy(), &["-I", "-c", &print])
    }

    fn install(self, folder: &Path, python: &Path) -> Result<(), String> {
        make_environment(folder)?;
        let wanted = format!("{}=={}", self.package, self.version);
        let args = ["-I", "-m", "pip", "install", "--quiet"];
        let mut pip = process::command(&python.to_string_lossy(), &args);
        pip.args(["--disable-pip-version-check", &wanted]);
        let said = |error: ProcessError| {
            format!("{error}; it takes a package index that pip reaches and that has `{wanted}`")
        };
        process::run_within(pip, LIMIT).map_err(said)?;
        match self.found_in(python) {
            Some(found) if found == self.version => Ok(()),
            found => Err(format!("pip installed {found:?} and not {}", self.version)),
        }
    }
}

fn python_in(folder: &Path) -> PathBuf {
    folder.join("bin").join("python")
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
