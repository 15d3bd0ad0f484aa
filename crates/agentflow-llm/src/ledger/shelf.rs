//! Where a ledger's rows are in its store.

use agentflow_core::ThreadId;
use agentflow_core::store::{PathError, StorePath};

use super::scope::BudgetScope;

/// Longest id of a thread that is its rows' label as it is, in bytes.
const LABEL_BYTES_MAX: usize = 128;

/// Begins the label of a thread whose id is no good label.
const DIGEST: char = '#';

/// The paths of a project's rows. One more row for each writer lies in each.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    project: StorePath,
    threads: StorePath,
}

impl Shelf {
    /// # Errors
    /// If the path leaves no room for the labels of threads.
    pub(super) fn in_project(path: &StorePath) -> Result<Self, PathError> {
        let threads = path.child("threads")?;
        threads.child("x".repeat(LABEL_BYTES_MAX))?;
        let project = path.child("project")?;
        Ok(Self { project, threads })
    }

    pub(super) fn path(&self, scope: &BudgetScope) -> Result<StorePath, PathError> {
        match scope {
            BudgetScope::Project => Ok(self.project.clone()),
            BudgetScope::Thread(thread) => self.threads.child(label(thread)),
        }
    }
}

/// The id itself where it can be a label, so that people find it; else its digest.
fn label(thread: &ThreadId) -> String {
    let id = thread.as_str();
    let is_good = !id.is_empty()
        && id.len() <= LABEL_BYTES_MAX
        && !id.starts_with(DIGEST)
        && !id.contains(['.', '\0']);
    if is_good {
        id.to_owned()
    } else {
        format!("{DIGEST}{}", blake3::hash(id.as_bytes()).to_hex())
    }
}
