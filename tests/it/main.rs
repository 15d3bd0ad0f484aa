//! What only the whole can break: the pipeline on a real forge, a real sandbox and
//! real git, and the main example as a person runs it.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod crash_issue_to_pr;
mod examples;
mod pipeline;
mod world;
