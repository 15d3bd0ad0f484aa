//! What clients of the server rely on, checked over real HTTP on the loopback.
#![expect(clippy::unwrap_used, reason = "tests")]

mod bad_requests;
mod chunks;
mod client;
mod embeddings;
mod errors;
mod http;
mod layers;
mod program;
mod python;
mod stop;
