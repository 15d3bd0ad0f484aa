//! Writes a plan so that all files change or none.
//!
//! New contents and copies of the old ones are first put into a folder of
//! their own in the workspace. From there on only renames and removals are
//! left, which need no room, so that taking them back does not need any either.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::plan::{Change, Plan};
use super::{Edit, EditError, EditReport};
use crate::workspace::{Workspace, WorkspaceError, WorkspacePath};

/// The staging folder's name starts so; a crash may leave one behind.
const STAGING: &str = ".agentflow-edit-";

/// Makes all the edits, in order, or none of them.
///
/// ```
/// use agentflow_tools::Workspace;
/// use agentflow_tools::edit::{Edit, apply_edits};
///
/// # let folder = tempfile::tempdir()?;
/// # std::fs::write(folder.path().join("list.txt"), "milk\nbread\n")?;
/// let workspace = Workspace::open(folder.path())?;
/// let edits = [
///     Edit::Replace { path: "list.txt".into(), old: "bread".into(), new: "rye".into() },
///     Edit::Create { path: "new/list.txt".into(), content: "tea\n".into() },
/// ];
/// let report = apply_edits(&workspace, &edits)?;
/// assert_eq!(report.to_string(), "list.txt: replaced at line 2\nnew/list.txt: created\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Blocks on the file system. Batches for one [`Workspace`] wait for each other.
///
/// # Errors
///
/// [`EditError::Rejected`] when an edit does not fit, with what to do about it;
/// others when the file system fails. Files are as they were, unless the error
/// is [`EditError::RollbackFailed`].
pub fn apply_edits(workspace: &Workspace, edits: &[Edit]) -> Result<EditReport, EditError> {
    let _alone = workspace.begin_writing();
    let plan = Plan::of(workspace, edits)?;
    if !plan.changes.is_empty() {
        write(workspace, &plan)?;
    }
    Ok(EditReport {
        outcomes: plan.outcomes,
    })
}

fn write(workspace: &Workspace, plan: &Plan) -> Result<(), EditError> {
    let staging = tempfile::Builder::new()
        .prefix(STAGING)
        .tempdir_in(workspace.root())
        .map_err(|source| EditError::Stage { source })?;
    let mut steps = Vec::new();
    for (path, change) in &plan.changes {
        steps.push(Step::stage(workspace, &staging, steps.len(), path, change)?);
    }
    for index in 0..steps.len() {
        if let Err(source) = steps[index].commit() {
            roll_back(&steps[..=index])?;
            return Err(EditError::Write {
                path: steps[index].path.clone(),
                source,
            });
        }
    }
    Ok(())
}

/// Undoes in reverse order; goes on after a failure to save what can be saved.
fn roll_back(steps: &[Step]) -> Result<(), EditError> {
    let mut failed = None;
    for step in steps.iter().rev() {
        if let Err(source) = step.undo() {
            failed = Some(EditError::RollbackFailed {
                path: step.path.clone(),
                source,
            });
        }
    }
    failed.map_or(Ok(()), Err)
}

/// One file's change, prepared.
#[derive(Debug)]
struct Step {
    path: WorkspacePath,
    target: PathBuf,
    /// The new content, unless the file goes.
    new: Option<PathBuf>,
    /// The old content, unless the file is new.
    old: Option<PathBuf>,
    /// Folders made for it, the outermost first.
    folders: Vec<PathBuf>,
    committed: bool,
}

impl Step {
    fn stage(
        workspace: &Workspace,
        staging: &TempDir,
        number: usize,
        path: &WorkspacePath,
        change: &Change,
    ) -> Result<Self, EditError> {
        let failed = |source| EditError::Stage { source };
        let refused = |error: WorkspaceError| EditError::Stage {
            source: io::Error::other(error),
        };
        let target = workspace.writable(path).map_err(refused)?;
        let place = |kind: &str| staging.path().join(format!("{number}.{kind}"));
        let old = match &change.before {
            None => None,
            Some(_) => {
                let old = place("old");
                fs::copy(&target, &old).map_err(failed)?;
                Some(old)
            }
        };
        let new = match &change.after {
            None => None,
            Some(content) => {
                let new = place("new");
                fs::write(&new, content).map_err(failed)?;
                if let Some(old) = &old {
                    let permissions = fs::metadata(old).map_err(failed)?.permissions();
                    fs::set_permissions(&new, permissions).map_err(failed)?;
                }
                Some(new)
            }
        };
        Ok(Self {
            path: path.clone(),
            target,
            new,
            old,
            folders: Vec::new(),
            committed: false,
        })
    }

    fn commit(&mut self) -> io::Result<()> {
        match &self.new {
            Some(new) => {
                make_folders(self.target.parent(), &mut self.folders)?;
                fs::rename(new, &self.target)?;
            }
            None => fs::remove_file(&self.target)?,
        }
        self.committed = true;
        Ok(())
    }

    fn undo(&self) -> io::Result<()> {
        if self.committed {
            match &self.old {
                Some(old) => fs::rename(old, &self.target)?,
                None => fs::remove_file(&self.target)?,
            }
        }
        for folder in self.folders.iter().rev() {
            fs::remove_dir(folder)?;
        }
        Ok(())
    }
}

/// Makes the missing folders one by one, so that exactly these can be undone.
fn make_folders(folder: Option<&Path>, made: &mut Vec<PathBuf>) -> io::Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    if folder.is_dir() {
        return Ok(());
    }
    make_folders(folder.parent(), made)?;
    fs::create_dir(folder)?;
    made.push(folder.to_path_buf());
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_write_that_fails_half_way_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("a.txt"), "a\r\n").unwrap();
        fs::write(root.join("b.txt"), "b").unwrap();
        let workspace = Workspace::open(root).unwrap();
        let edits = [
            Edit::Replace {
                path: "a.txt".into(),
                old: "a".into(),
                new: "A".into(),
            },
            Edit::Delete {
                path: "b.txt".into(),
            },
            Edit::Create {
                path: "n/e/w.txt".into(),
                content: "w".into(),
            },
            Edit::Create {
                path: "z".into(),
                content: "z".into(),
            },
        ];
        let plan = Plan::of(&workspace, &edits).unwrap();
        // In the way of the last rename only.
        fs::create_dir_all(root.join("z/full")).unwrap();

        let error = write(&workspace, &plan).unwrap_err();

        assert!(
            matches!(&error, EditError::Write { path, .. } if path.as_str() == "z"),
            "{error}"
        );
        assert_eq!(fs::read(root.join("a.txt")).unwrap(), b"a\r\n");
        assert_eq!(fs::read(root.join("b.txt")).unwrap(), b"b");
        let mut left: Vec<_> = fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["a.txt", "b.txt", "z"]);
    }
}
