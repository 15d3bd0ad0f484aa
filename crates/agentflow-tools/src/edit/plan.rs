//! Works out what a batch of edits makes of the files. Writes nothing.

use std::collections::BTreeMap;

use super::matching::{Found, find, line_of};
use super::nearest::nearest;
use super::{Edit, EditError, EditOutcome, EditProblem, RejectedEdit};
use crate::workspace::{Workspace, WorkspaceError, WorkspacePath};

/// Most edits in one batch. Models send a handful; a hundred is a runaway.
const EDITS_MAX: usize = 100;

/// A file's content, or that there is no file.
pub(super) type Content = Option<Vec<u8>>;

/// What becomes of one file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) before: Content,
    pub(super) after: Content,
}

/// What becomes of all files, and what to say about each edit.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) changes: BTreeMap<WorkspacePath, Change>,
    pub(super) outcomes: Vec<EditOutcome>,
}

impl Plan {
    /// Stages the edits in order, each on what the ones before it made.
    pub(super) fn of(workspace: &Workspace, edits: &[Edit]) -> Result<Self, EditError> {
        if edits.is_empty() {
            return Err(EditError::Empty);
        }
        if edits.len() > EDITS_MAX {
            return Err(EditError::TooMany {
                found: edits.len(),
                max: EDITS_MAX,
            });
        }
        let mut plan = Self {
            changes: BTreeMap::new(),
            outcomes: Vec::new(),
        };
        let mut rejected = Vec::new();
        for (index, edit) in edits.iter().enumerate() {
            match plan.stage(workspace, edit) {
                Ok(outcome) => plan.outcomes.push(outcome),
                Err(problem) => rejected.push(RejectedEdit {
                    number: index + 1,
                    problem,
                }),
            }
        }
        if !rejected.is_empty() {
            return Err(EditError::Rejected {
                rejected,
                total: edits.len(),
            });
        }
        plan.changes
            .retain(|_, change| change.before != change.after);
        Ok(plan)
    }

    fn stage(&mut self, workspace: &Workspace, edit: &Edit) -> Result<EditOutcome, EditProblem> {
        let path = workspace.path(edit.path())?;
        workspace.writable(&path)?;
        self.leaves_room_for(&path)?;
        let now = self.content(workspace, &path)?;
        let (after, outcome) = match edit {
            Edit::Replace { old, new, .. } => replace(&path, now, old, new)?,
            Edit::Create { content, .. } => create(&path, now, content)?,
            Edit::Delete { .. } => match now {
                Some(_) => (None, EditOutcome::Deleted { path: path.clone() }),
                None => return Err(WorkspaceError::Missing { path }.into()),
            },
        };
        let found = after.as_ref().map_or(0, |bytes| bytes.len() as u64);
        let max = workspace.limits().write_bytes_max;
        let done = matches!(outcome, EditOutcome::AlreadyApplied { .. });
        if found > max && !done {
            return Err(WorkspaceError::TooLarge { path, found, max }.into());
        }
        if let Some(change) = self.changes.get_mut(&path) {
            change.after = after;
        }
        Ok(outcome)
    }

    /// What the edits so far touched needs folders, which stay when the files go, and a file
    /// that they made has nothing below it.
    fn leaves_room_for(&self, path: &WorkspacePath) -> Result<(), WorkspaceError> {
        for (other, change) in &self.changes {
            if other != path && other.as_path().starts_with(path.as_path()) {
                return Err(WorkspaceError::NotAFile { path: path.clone() });
            }
            if other != path
                && change.after.is_some()
                && path.as_path().starts_with(other.as_path())
            {
                let path = other.clone();
                return Err(WorkspaceError::NotAFolder { path });
            }
        }
        Ok(())
    }

    /// The file as the edits so far have made it.
    fn content(
        &mut self,
        workspace: &Workspace,
        path: &WorkspacePath,
    ) -> Result<Content, WorkspaceError> {
        if let Some(change) = self.changes.get(path) {
            return Ok(change.after.clone());
        }
        let before = match workspace.read(path) {
            Ok(bytes) => Some(bytes),
            Err(WorkspaceError::Missing { .. }) => None,
            Err(error) => return Err(error),
        };
        let change = Change {
            before: before.clone(),
            after: before.clone(),
        };
        self.changes.insert(path.clone(), change);
        Ok(before)
    }
}

fn replace(
    path: &WorkspacePath,
    now: Content,
    old: &str,
    new: &str,
) -> Result<(Content, EditOutcome), EditProblem> {
    let path = path.clone();
    let Some(now) = now else {
        return Err(WorkspaceError::Missing { path }.into());
    };
    let Ok(text) = String::from_utf8(now) else {
        return Err(WorkspaceError::NotText { path }.into());
    };
    if old.is_empty() {
        return Err(EditProblem::EmptyOld { path });
    }
    if old == new {
        return Err(EditProblem::NoChange { path });
    }
    match find(&text, old, new) {
        Found::Once { start, length, new } => {
            let line = line_of(&text, start);
            let after = [&text[..start], &new, &text[start + length..]].concat();
            Ok((
                Some(after.into_bytes()),
                EditOutcome::Replaced { path, line },
            ))
        }
        Found::AlreadyApplied => Ok((
            Some(text.into_bytes()),
            EditOutcome::AlreadyApplied { path },
        )),
        Found::Never => Err(EditProblem::NotFound {
            nearest: nearest(&text, old),
            path,
        }),
        Found::Several { lines } => Err(EditProblem::Ambiguous { path, lines }),
    }
}

fn create(
    path: &WorkspacePath,
    now: Content,
    content: &str,
) -> Result<(Content, EditOutcome), EditProblem> {
    let path = path.clone();
    match now {
        None => Ok((
            Some(content.as_bytes().to_vec()),
            EditOutcome::Created { path },
        )),
        Some(now) if now == content.as_bytes() => {
            Ok((Some(now), EditOutcome::AlreadyApplied { path }))
        }
        Some(_) => Err(EditProblem::Exists { path }),
    }
}
