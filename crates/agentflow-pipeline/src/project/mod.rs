//! How a repository is tested: found by its files, or said by its settings. It
//! runs nothing.

mod detect;
mod report;
mod settings;

pub(crate) use detect::detect;
pub use detect::Project;
pub use report::TestSummary;
pub(crate) use report::summarise;
