//! Small pages for people: what is there, what was said, what the checks did.
//!
//! Read only, without script and without anything from elsewhere. Every value is escaped where it
//! enters a page.

mod diff;
mod index;
mod issue;
mod layout;
mod pull;
mod repository;
mod routes;
mod run;

pub(super) use self::routes::routes;
