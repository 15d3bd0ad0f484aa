//! Runs the repositories' own checks: `.ci/run` of a commit, in a fresh checkout.
//!
//! How the command is run is the [`CheckRunner`]'s business; what becomes of a merge is not
//! decided here either.

mod again;
mod output;
mod process;
mod queue;
mod runner;

pub use self::output::CheckOutput;
pub use self::process::ProcessCheckRunner;
pub use self::runner::{CheckError, CheckJob, CheckReport, CheckRunner, CheckStatus};

pub(crate) use self::again::{cancel, rerun};
pub(crate) use self::queue::{heal, settle, work};
