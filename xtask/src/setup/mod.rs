//! What the tests need on a fresh machine, one file per part.
//!
//! A part looks, installs what it may, and says what it found. What is missing
//! and cannot be installed is a [`Finding::Missing`] with the command to type;
//! only a part without which nothing runs stops the tests.

pub(crate) mod apt;
mod bubblewrap;
mod finding;
mod gh;
mod git;
pub(crate) mod machine;
mod nextest;
pub(crate) mod octokit;
mod openssh;
mod prepare;
mod python;
pub(crate) mod python_client;
mod recorded_data;
mod rust;

pub(crate) use finding::Finding;
pub(crate) use prepare::{SetupError, prepare};
