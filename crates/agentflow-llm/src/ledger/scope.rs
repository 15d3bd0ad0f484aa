//! Whose spending is counted together.

use std::fmt;

use agentflow_core::ThreadId;

/// Whose spending is counted together, and may be limited.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum BudgetScope {
    /// All of a ledger's project.
    Project,
    /// One thread of it, over all its runs.
    Thread(ThreadId),
}

impl BudgetScope {
    /// Who is charged for a request of this thread.
    pub(crate) fn charged(thread: Option<&ThreadId>) -> impl Iterator<Item = Self> {
        let thread = thread.cloned().map(Self::Thread);
        std::iter::once(Self::Project).chain(thread)
    }
}

impl fmt::Display for BudgetScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project => f.write_str("the project"),
            Self::Thread(thread) => write!(f, "thread `{thread}`"),
        }
    }
}
