//! Changes to several files, of which all are made or none.
//!
//! [`apply_edits`] first works out every change in memory, then writes beside
//! the files and renames. It matches text exactly: a guess that is nearly right
//! is shown to the model instead of being applied. It does not survive a power
//! cut between two renames; whoever needs that restores the last tree first.

mod error;
mod matching;
mod nearest;
mod plan;
mod request;
mod write;

pub use error::{EditError, EditProblem, RejectedEdit};
pub use nearest::NearText;
pub use request::{Edit, EditOutcome, EditReport};
pub use write::apply_edits;
