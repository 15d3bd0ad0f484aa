//! Looks at every part in turn and reports each as soon as it is known.

use super::{
    Finding, bubblewrap, gh, git, nextest, octokit, openssh, python, python_client, recorded_data,
    rust,
};

/// One part of the set-up: its name and how it is brought about.
type Part = (&'static str, fn() -> Finding);

const PARTS: &[Part] = &[
    ("git", git::set_up),
    ("rustfmt", rust::set_up),
    (nextest::NAME, nextest::set_up),
    ("bubblewrap", bubblewrap::set_up),
    ("ssh-keygen", openssh::set_up),
    ("python3", python::set_up),
    ("openai client", || python_client::OPENAI.set_up()),
    ("PyGithub", || python_client::PYGITHUB.set_up()),
    ("octokit", octokit::set_up),
    ("gh", gh::set_up),
    ("recorded data", recorded_data::set_up),
];

/// What every part found, in the order the parts were looked at.
#[derive(Debug)]
pub(crate) struct Prepared {
    findings: Vec<(&'static str, Finding)>,
}

impl Prepared {
    /// Whether the tests can run with cargo-nextest.
    pub(crate) fn has_nextest(&self) -> bool {
        self.findings
            .iter()
            .any(|(name, finding)| *name == nextest::NAME && finding.is_ready())
    }

    /// The parts the tests have to do without.
    pub(crate) fn missing(&self) -> impl Iterator<Item = String> {
        self.findings
            .iter()
            .filter(|(_, finding)| !finding.is_ready())
            .map(|(name, finding)| format!("{name}: {finding}"))
    }
}

/// The tests cannot run on this machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SetupError {
    #[error("the set-up is incomplete:\n  {}", .parts.join("\n  "))]
    Required { parts: Vec<String> },
}

/// Brings about every part the tests need, as far as this machine allows.
pub(crate) fn prepare() -> Result<Prepared, SetupError> {
    println!("== set-up");
    let findings = PARTS.iter().map(|(name, set_up)| {
        let finding = set_up();
        println!("{name:>14}  {finding}");
        (*name, finding)
    });
    accept(findings.collect())
}

fn accept(findings: Vec<(&'static str, Finding)>) -> Result<Prepared, SetupError> {
    let parts: Vec<String> = findings
        .iter()
        .filter(|(_, finding)| matches!(finding, Finding::Required { .. }))
        .map(|(name, finding)| format!("{name}: {finding}"))
        .collect();
    if parts.is_empty() {
        Ok(Prepared { findings })
    } else {
        Err(SetupError::Required { parts })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_missing_part_is_remembered_and_a_required_one_stops_the_tests() {
        let ready = ("git", Finding::ready("git version 2.39"));
        let missing = ("bubblewrap", Finding::missing("no sandbox", "install it"));
        let prepared = accept(vec![ready.clone(), missing.clone()]).unwrap();
        assert_eq!(
            prepared.missing().collect::<Vec<_>>(),
            ["bubblewrap: MISSING: no sandbox; install it"]
        );

        let required = ("git", Finding::required("install git"));
        let error = accept(vec![required, missing]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the set-up is incomplete:\n  git: MISSING, and nothing runs without it: install git"
        );
    }

    #[test]
    fn nextest_is_used_only_when_it_was_found() {
        let found = accept(vec![(nextest::NAME, Finding::ready("cargo-nextest 0.9"))]).unwrap();
        assert!(found.has_nextest());
        let lost = accept(vec![(nextest::NAME, Finding::missing("slower", "install"))]).unwrap();
        assert!(!lost.has_nextest());
    }
}
