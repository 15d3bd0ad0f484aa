//! What only a whole forge can show: real HTTP, real git, real checks, real kills.

#![expect(clippy::unwrap_used, reason = "tests")]

mod access;
mod administration;
mod branches;
mod changes;
mod ci;
mod clients;
mod contract;
mod conversations;
mod crash;
mod deliveries;
mod faults;
mod files;
mod git_http;
mod graphql;
mod limits;
mod lists;
mod merging;
mod objects;
mod operations;
mod pages;
mod protected_merges;
mod protection;
mod reads;
mod receiver;
mod refusals;
mod reviews;
mod schema;
mod seams;
mod search;
mod site;
mod story;
mod typed_client;
mod webhooks;
mod world;
