//! `read_file`: part of a file with its line numbers.

use std::fmt::Write;
use std::sync::Arc;

use agentflow_llm::{Tool, ToolError, tool_fn};
use schemars::JsonSchema;
use serde::Deserialize;

use super::ToolOptions;
use super::blocking::{blocking, refused};
use super::walk::cut_line;
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
    let count = text.lines().count();
    if count == 0 {
        return Ok(format!("{path} is empty\n"));
    }
    let first = asked.first_line.unwrap_or(1).max(1);
    if first > count {
        let problem = format!("{path} has {count} lines; line {first} is behind its end");
        return Err(ToolError::arguments(problem));
    }
    let most = first.saturating_add(options.read_lines_max.max(1) - 1);
    let last = asked.last_line.unwrap_or(count).min(count).min(most);
    if last < first {
        let problem = format!("last_line {last} is before first_line {first}");
        return Err(ToolError::arguments(problem));
    }
    let mut shown = format!("{path}, lines {first} to {last} of {count}\n");
    for (number, line) in text
        .lines()
        .enumerate()
        .skip(first - 1)
        .take(last - first + 1)
    {
        let line = cut_line(line, options.line_bytes_max);
        let _ = writeln!(shown, "{:>6} | {line}", number + 1);
    }
    if last < count && asked.last_line.is_none_or(|wanted| wanted > last) {
        let _ = writeln!(shown, "[there is more: read from line {}]", last + 1);
    }
    Ok(shown)
}
