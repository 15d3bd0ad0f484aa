//! Finds a repository's kind by its files.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::settings::read_settings;
use crate::error::PipelineError;

/// How a repository is tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// What it was taken for, for people.
    pub kind: String,
    /// Shell lines that run its tests; none if it has no tests.
    pub test: Option<String>,
    /// Shell lines that must succeed besides the tests.
    pub lints: Vec<String>,
}

/// A kind of project: the file that shows it, and its commands.
struct Known {
    kind: &'static str,
    shown_by: &'static [&'static str],
    test: &'static str,
    lints: &'static [&'static str],
}

/// In this order: a repository of several kinds is tested as the first.
const KNOWN: [Known; 4] = [
    Known {
        kind: "Rust (cargo)",
        shown_by: &["Cargo.toml"],
        test: "cargo test --offline",
        // A machine without rustfmt cannot say anything about format.
        lints: &["! command -v rustfmt >/dev/null 2>&1 || cargo fmt --check"],
    },
    Known {
        kind: "Python (unittest)",
        shown_by: &[
            "pyproject.toml",
            "setup.py",
            "setup.cfg",
            "requirements.txt",
        ],
        test: "python3 -m unittest discover",
        lints: &[],
    },
    Known {
        kind: "JavaScript (npm)",
        shown_by: &["package.json"],
        test: "npm test --silent",
        lints: &[],
    },
    Known {
        kind: "Go",
        shown_by: &["go.mod"],
        test: "go test ./...",
        lints: &["go vet ./..."],
    },
];

/// Finds out how the repository in `root` is tested.
///
/// # Errors
/// If its settings do not read.
pub(crate) fn detect(root: &Path) -> Result<Project, PipelineError> {
    let known = KNOWN
        .iter()
        .find(|known| known.shown_by.iter().any(|file| root.join(file).is_file()));
    let mut project = match known {
        Some(known) => Project {
            kind: known.kind.to_owned(),
            test: Some(known.test.to_owned()),
            lints: known.lints.iter().map(|&line| line.to_owned()).collect(),
        },
        None => Project {
            kind: "unknown".to_owned(),
            test: None,
            lints: Vec::new(),
        },
    };
    if let Some(settings) = read_settings(root)? {
        project.test = settings.test.or(project.test);
        project.lints = settings.lints.unwrap_or(project.lints);
    }
    Ok(project)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn check(files: &[(&str, &str)], kind: &str, test: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let project = detect(folder.path()).unwrap();
        assert_eq!(
            (project.kind.as_str(), project.test.as_deref()),
            (kind, test),
            "{files:?}"
        );
    }

    #[test]
    fn a_project_is_known_by_its_files_and_its_settings_win() {
        let settings = (".agentflow.toml", "test = \"make check\"\n");
        check(
            &[("Cargo.toml", "")],
            "Rust (cargo)",
            Some("cargo test --offline"),
        );
        check(
            &[("setup.py", "")],
            "Python (unittest)",
            Some("python3 -m unittest discover"),
        );
        check(
            &[("setup.py", ""), ("Cargo.toml", "")],
            "Rust (cargo)",
            Some("cargo test --offline"),
        );
        check(&[("README.md", "")], "unknown", None);
        check(&[settings], "unknown", Some("make check"));
        check(&[("go.mod", ""), settings], "Go", Some("make check"));
    }

    #[test]
    fn settings_that_do_not_read_are_an_error_that_names_them() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".agentflow.toml"), "test = 1\n").unwrap();
        let error = detect(folder.path()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`.agentflow.toml` of the repository does not read"
        );
    }
}
