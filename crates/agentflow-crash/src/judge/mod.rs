//! Says what of a trial was lost, what was doubled, and whether that may be.
//!
//! Pure: it reads what was gathered after the last child had ended, and starts nothing.

mod course;
mod effects;
mod evidence;
mod failures;
mod fence;
mod figures;
mod overtaken;
mod tasks;
mod verdict;

pub use evidence::{Call, Evidence, Expected, Line, Row, Strain};
pub use figures::Figures;
pub use verdict::{Verdict, Violation, judge};
