//! Without its default features core builds, and knows no tokio.
//!
//! Other drivers than the local one run the engine; they bring their own runtime.

use crate::process::{self, ProcessError};
use crate::tidy::problem::Problem;

const CORE_ALONE: &[&str] = &["-p", "agentflow-core", "--no-default-features"];
const MANIFEST: &str = "crates/agentflow-core/Cargo.toml";

/// Asks cargo for core's dependencies, then builds it.
///
/// # Errors
/// When cargo cannot be started; a build that fails is a problem, not an error.
pub(in crate::tidy) fn check() -> Result<Vec<Problem>, ProcessError> {
    let mut tree = process::cargo(&["tree", "-e", "normal", "--prefix", "none"]);
    tree.args(CORE_ALONE);
    let mut problems = runtimes(&process::output(tree)?);
    let mut build = process::cargo(&["check", "--quiet"]);
    build.args(CORE_ALONE);
    match process::output(build) {
        Ok(_) => {}
        Err(ProcessError::Failed {
            command, stderr, ..
        }) => problems.push(Problem::new(
            MANIFEST,
            None,
            format!("`{command}` fails:\n{stderr}"),
            "make it compile alone; what needs the runtime goes behind the feature `runtime`",
        )),
        Err(error) => return Err(error),
    }
    Ok(problems)
}

fn runtimes(tree: &str) -> Vec<Problem> {
    let mut packages: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name == "tokio" || name.starts_with("tokio-"))
        .collect();
    packages.sort_unstable();
    packages.dedup();
    let problem = |name| {
        Problem::new(
            MANIFEST,
            None,
            format!("core depends on `{name}` even without default features"),
            "make it optional and enable it with the feature `runtime`",
        )
    };
    packages.into_iter().map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_the_runtime_is_reported_once() {
        let tree = "agentflow-core v0.1.0 (crates/agentflow-core)\nserde v1.0.229\n\
                    tokio v1.54.1\ntokio-util v0.7.20\ntokio v1.54.1 (*)\ntokioish v1.0.0\n";
        let names: Vec<String> = runtimes(tree).iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names[0].contains("`tokio`"), "{}", names[0]);
        assert!(names[1].contains("`tokio-util`"), "{}", names[1]);
    }

    #[test]
    fn a_tree_without_runtime_is_tidy() {
        assert_eq!(runtimes("agentflow-core v0.1.0\nserde v1.0.229\n"), []);
    }
}
