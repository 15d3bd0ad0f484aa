//! From a checked command line to issues that can be worked on. Nothing on a forge of
//! somebody else is changed here.

mod assignment;
mod demo;
mod folder;
mod hosted;
mod stage;

pub(crate) use assignment::Assignment;
pub use demo::{Demo, DemoFile, DemoIssue, DemoRepository, MakeDemo};
pub(crate) use folder::copy_of;
pub(crate) use stage::Stage;
