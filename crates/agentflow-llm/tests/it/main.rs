//! What users of the crate rely on, checked from outside.
#![expect(clippy::unwrap_used, reason = "tests")]

mod agent;
mod alerts;
mod breaker;
mod budget;
mod cache;
mod cassette;
mod cassette_faults;
mod cassette_file;
mod client;
mod cost;
mod data;
mod described;
mod embedder;
mod faults;
mod flaky;
mod history;
mod layers;
mod ledger;
mod listing;
mod recorded;
mod redact;
mod refusals;
mod retry;
mod script;
mod scripted;
mod setup;
mod streamed;
mod streams;
mod structured;
mod structured_values;
mod tool_box;
mod traced;
mod unlabelled;
mod watched_agent;
mod wire;
