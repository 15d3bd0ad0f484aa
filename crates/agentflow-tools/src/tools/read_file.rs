//! `read_file`: part of a file with its line numbers.

use std::sync::Arc;

use agentflow_llm::{Tool, ToolError, tool_fn};
use schemars::JsonSchema;
use serde::Deserialize;

use super::ToolOptions;
use super::blocking::{blocking, refused};
use super::numbered::{Asked, numbered};
use crate::Workspace;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReadFile {
    /// Path relative to the workspace.
    path: String,
    /// First line to show, counted from 1; 1 if left out.
    #[serde(default)]
    first_line: Option<usize>,
    /// Last line to show; as many as allowed if left out.
    #[serde(default)]
    last_line: Option<usize>,
}

pub(super) fn read_tool(workspace: &Workspace, options: &ToolOptions) -> Arc<dyn Tool> {
    let (workspace, options) = (workspace.clone(), options.clone());
    let description = "Show a text file with line numbers, whole or a range of lines. \
                       The numbers and the ` | ` after them are not part of the file.";
    Arc::new(tool_fn("read_file", description, move |asked: ReadFile| {
        let (workspace, options) = (workspace.clone(), options.clone());
        blocking(move || read(&workspace, &options, &asked))
    }))
}

fn read(
    workspace: &Workspace,
    options: &ToolOptions,
    asked: &ReadFile,
) -> Result<String, ToolError> {
    let path = workspace.path(&asked.path).map_err(refused)?;
    let text = workspace.read_text(&path).map_err(refused)?;
    let asked = Asked {
        first: asked.first_line,
        last: asked.last_line,
    };
    numbered(&path.to_string(), &text, asked, options)
}
