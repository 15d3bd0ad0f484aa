//! `edit`: changes to several files, all or none.

use std::sync::Arc;

use agentflow_llm::{Tool, ToolError, tool_fn};
use schemars::JsonSchema;
use serde::Deserialize;

use super::blocking::{blocking, with_causes};
use crate::Workspace;
use crate::edit::{Edit, EditError, apply_edits};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EditFiles {
    /// The changes, made in order. If one cannot be made, none is.
    edits: Vec<Edit>,
}

pub(super) fn edit_tool(workspace: &Workspace) -> Arc<dyn Tool> {
    let workspace = workspace.clone();
    let description = "Change, create and delete text files. All edits of one call are made, \
                       or none. A `replace` needs the old text exactly as it stands in the \
                       file, and it must stand there only once.";
    Arc::new(tool_fn("edit", description, move |asked: EditFiles| {
        let workspace = workspace.clone();
        blocking(move || edit(&workspace, &asked.edits))
    }))
}

fn edit(workspace: &Workspace, edits: &[Edit]) -> Result<String, ToolError> {
    match apply_edits(workspace, edits) {
        Ok(report) => Ok(report.to_string()),
        Err(error @ (EditError::Empty | EditError::TooMany { .. })) => {
            Err(ToolError::arguments(error.to_string()))
        }
        Err(error @ EditError::Rejected { .. }) => Err(ToolError::failed(with_causes(&error))),
        Err(error) => Err(ToolError::fatal("writing edits", error)),
    }
}
