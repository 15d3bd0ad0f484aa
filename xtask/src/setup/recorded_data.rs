//! Recorded answers of real services, kept outside the project.
//!
//! Tests look them up in the folder named by `AGENTFLOW_TEST_DATA`, else in
//! `shared` beside the workspace; small samples in the project stand in for them.

use std::path::PathBuf;

use super::Finding;
use crate::workspace;

/// The variable that names the folder.
const VARIABLE: &str = "AGENTFLOW_TEST_DATA";

pub(super) fn set_up() -> Finding {
    let folder = std::env::var_os(VARIABLE).map_or_else(
        || workspace::root().join("..").join("shared"),
        PathBuf::from,
    );
    if folder.is_dir() {
        return Finding::ready(folder.display().to_string());
    }
    Finding::missing(
        "tests over recorded data use the small samples in the project",
        format!("set {VARIABLE} to the folder that holds it"),
    )
}
