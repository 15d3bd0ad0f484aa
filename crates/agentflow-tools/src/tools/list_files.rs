//! `list_files`: which files there are.

use std::fmt::Write;
use std::sync::Arc;

use agentflow_llm::{Tool, ToolError, tool_fn};
use schemars::JsonSchema;
use serde::Deserialize;

use super::ToolOptions;
use super::blocking::{blocking, refused};
use super::walk::files;
use crate::{Workspace, WorkspaceError};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListFiles {
    /// Folder relative to the workspace; all of it if left out.
    #[serde(default)]
    path: Option<String>,
    /// Only files that match, as in a gitignore file: `*.rs`, `src/**/test_*.py`.
    #[serde(default)]
    glob: Option<String>,
}

pub(super) fn list_tool(workspace: &Workspace, options: &ToolOptions) -> Arc<dyn Tool> {
    let (workspace, files_max) = (workspace.clone(), options.listed_files_max);
    let description = "List the files of the workspace or of one of its folders, with their \
                       paths, sorted. Files that git ignores are left out.";
    Arc::new(tool_fn(
        "list_files",
        description,
        move |asked: ListFiles| {
            let workspace = workspace.clone();
            blocking(move || list(&workspace, files_max, &asked))
        },
    ))
}

fn list(workspace: &Workspace, files_max: usize, asked: &ListFiles) -> Result<String, ToolError> {
    let folder = workspace
        .path(asked.path.as_deref().unwrap_or("."))
        .map_err(refused)?;
    if !workspace.existing(&folder).map_err(refused)?.is_dir() {
        return Err(refused(WorkspaceError::NotAFolder { path: folder }));
    }
    let found = files(workspace, Some(folder.as_str()), asked.glob.as_deref())?;
    if found.is_empty() {
        return Ok("no files\n".into());
    }
    let mut shown = String::new();
    for path in found.iter().take(files_max) {
        let _ = writeln!(shown, "{path}");
    }
    if found.len() > files_max {
        let more = found.len() - files_max;
        let _ = writeln!(shown, "[{more} more files: list a folder, or give a glob]");
    }
    Ok(shown)
}
