//! `cargo xtask crash`: real processes are killed until a store is proved, or found out.
//!
//! It only builds and starts the program that kills them, which knows its own options. Not
//! in a release build: a kill is as hard on the build that the tests have made already.

use crate::process::{self, ProcessError};

/// Runs the program with this terminal as its own.
pub(crate) fn run(options: &[String]) -> Result<(), ProcessError> {
    let mut words = vec!["run", "--quiet", "-p", "agentflow-crash", "--"];
    words.extend(options.iter().map(String::as_str));
    process::run(process::cargo(&words))
}
