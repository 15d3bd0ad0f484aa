//! The command line as its users meet it: the binary, and runs on a demo of a few lines.

#![expect(clippy::unwrap_used, reason = "tests")]

mod folders;
mod questions;
mod runs;
mod servers;
mod signals;
mod specimen;
mod support;
mod usage;
