//! Runs every rule and prints every problem.

use super::rules;
use super::sources::{self, SourcesError};
use crate::process::ProcessError;
use crate::workspace::{self, WorkspaceError};

/// `cargo xtask tidy` found problems, or could not look.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum TidyError {
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    #[error(transparent)]
    Sources(#[from] SourcesError),
    #[error("a rule could not look")]
    Rule(#[from] ProcessError),
    #[error("{errors} untidy place(s); each line above says what to do")]
    Untidy { errors: usize },
}

/// Checks all rules; warnings are printed and do not fail.
pub(crate) fn run() -> Result<(), TidyError> {
    let workspace = workspace::read()?;
    let sources = sources::read()?;
    let findings = [
        ("imports", rules::imports(&workspace)),
        ("core's dependencies", rules::core_dependencies(&workspace)),
        ("core without tokio", rules::core_without_tokio()?),
        ("workspace dependencies", rules::dependency_table(&sources)),
        ("file sizes", rules::file_sizes(&sources)),
        ("file names", rules::file_names(&sources)),
        (
            "logic in mod.rs and lib.rs",
            rules::logic_in_roots(&sources),
        ),
        ("leftovers", rules::leftovers(&sources)),
        (
            "machine paths",
            rules::machine_paths(&sources, workspace::root()),
        ),
        ("tokens", rules::tokens(&sources)),
        ("rules of semantics", rules::semantics(&sources)),
    ];
    let mut errors = 0;
    for (rule, mut problems) in findings {
        problems.sort();
        let failed = problems.iter().filter(|p| p.is_error()).count();
        errors += failed;
        println!("{} {rule}", if failed == 0 { "ok  " } else { "FAIL" });
        for problem in problems {
            println!("     {problem}");
        }
    }
    if errors == 0 {
        Ok(())
    } else {
        Err(TidyError::Untidy { errors })
    }
}
