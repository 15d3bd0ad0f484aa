//! The client against a server on loopback that says what GitHub said.
#![expect(clippy::unwrap_used, reason = "tests")]

mod apps;
mod checks;
mod merging;
mod once;
mod pages;
mod reading;
mod recorded;
mod refusals;
mod retries;
mod secrets;
mod support;
mod webhooks;
