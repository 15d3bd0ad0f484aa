//! How a repository is tested: found by its files, or said by its settings. It
//! runs nothing.

mod detect;
mod report;
mod settings;

pub use detect::Project;
pub(crate) use detect::detect;
pub use report::TestSummary;
pub(crate) use report::summarise;
