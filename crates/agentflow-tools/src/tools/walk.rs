//! Goes through a workspace as git sees it: without `.git` and ignored files,
//! sorted, never through a symbolic link.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use agentflow_llm::ToolError;
use ignore::overrides::{Override, OverrideBuilder};
use ignore::{Walk, WalkBuilder};

use super::blocking::refused;
use crate::Workspace;

/// Deepest folder that is looked into; real repositories stay below half of it.
const DEPTH_MAX: usize = 64;
/// Most files looked at in one call, which bounds it to seconds.
const FILES_MAX: usize = 200_000;

/// The files at or below `folder`, as paths relative to the workspace, sorted.
pub(super) fn files(
    workspace: &Workspace,
    folder: Option<&str>,
    glob: Option<&str>,
) -> Result<Vec<String>, ToolError> {
    let folder = workspace.path(folder.unwrap_or(".")).map_err(refused)?;
    let start = workspace.existing(&folder).map_err(refused)?;
    let chosen = chosen(workspace, glob)?;
    let relative = |path: &Path| {
        path.strip_prefix(workspace.root())
            .ok()?
            .to_str()
            .map(str::to_owned)
    };
    let mut files: Vec<String> = walk(workspace, start)
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .take(FILES_MAX)
        .filter(|entry| !chosen.matched(entry.path(), false).is_ignore())
        .filter_map(|entry| relative(entry.path()))
        .collect();
    // The walk is sorted folder by folder; a reader expects the whole path to be.
    files.sort_unstable();
    Ok(files)
}

/// Begins at the root, whatever the start is, because ignore files above the
/// start count too.
fn walk(workspace: &Workspace, start: PathBuf) -> Walk {
    WalkBuilder::new(workspace.root())
        .max_depth(Some(DEPTH_MAX))
        .follow_links(false)
        // Files such as `.gitignore` belong to the project; only git's folder does not.
        .hidden(false)
        // The git folder lies elsewhere, so there is no `.git` to recognise a repository by.
        .require_git(false)
        // The machine's settings must not change what a model sees.
        .git_global(false)
        .git_exclude(false)
        .ignore(false)
        .parents(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(move |entry| {
            let path = entry.path();
            let on_the_way = start.starts_with(path) || path.starts_with(&start);
            on_the_way && !entry.file_name().eq_ignore_ascii_case(".git")
        })
        .build()
}

/// Applied after the walk: as part of it, a glob would bring ignored files back.
fn chosen(workspace: &Workspace, glob: Option<&str>) -> Result<Override, ToolError> {
    let mut builder = OverrideBuilder::new(workspace.root());
    if let Some(glob) = glob {
        let wrong = |error| ToolError::arguments(format!("glob `{glob}` is not valid: {error}"));
        builder.add(glob).map_err(wrong)?;
    }
    builder
        .build()
        .map_err(|error| ToolError::fatal("preparing a glob", error))
}

/// A line in at most about `max` bytes, with a word on what was cut.
pub(super) fn cut_line(line: &str, max: usize) -> Cow<'_, str> {
    if line.len() <= max {
        return Cow::Borrowed(line);
    }
    let end = line.floor_char_boundary(max);
    Cow::Owned(format!(
        "{} [... {} more bytes]",
        &line[..end],
        line.len() - end
    ))
}
