//! How the process ends.

use std::process::ExitCode;

/// How a command ended, as a number that scripts can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Every issue is merged.
    Merged,
    /// At least one is not, and nobody is asked.
    Failed,
    /// The command line asks for what cannot be.
    Usage,
    /// A person has to answer first.
    Waiting,
    /// A signal stopped it.
    Interrupted,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Merged => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Waiting => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
