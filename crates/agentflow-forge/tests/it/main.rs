//! What only a whole forge can show: real HTTP, real git, real checks, real kills.

#![expect(clippy::unwrap_used, reason = "tests")]

mod access;
mod administration;
mod changes;
mod crash;
mod deliveries;
mod faults;
mod git_http;
mod graphql;
mod limits;
mod merging;
mod pages;
mod reads;
mod receiver;
mod refusals;
mod reviews;
mod schema;
mod site;
mod story;
mod typed_client;
mod webhooks;
mod wire;
mod world;
