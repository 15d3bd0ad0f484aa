//! What a model may do on GitHub: look at a repository, and write to it.
//!
//! The tools are made for one repository, which a model cannot leave. What a tool writes it
//! writes once: the same words in the same place are found again after a crash, not written
//! again.

mod answer;
mod catalog;
mod error;
mod read;
mod write;

pub use catalog::{github_read_tools, github_write_tools};
