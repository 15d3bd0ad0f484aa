//! The client against a server on loopback that says what GitHub said.
#![expect(clippy::unwrap_used, reason = "tests")]

mod apps;
mod checks;
mod code;
mod collaboration;
mod flows;
mod issues;
mod login;
mod merging;
mod once;
mod pages;
mod reading;
mod recorded;
mod refusals;
mod replay;
mod retries;
mod rights;
mod secrets;
mod sparing;
mod support;
mod webhooks;
