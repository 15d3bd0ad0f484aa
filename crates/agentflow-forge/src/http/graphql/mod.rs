//! The few things that GitHub offers by GraphQL only: conversations about lines, and drafts.
//!
//! A request is parsed whole, held against the table of what this forge offers, and only then
//! done. What the forge does not offer is refused by its name, so that nobody takes it for done.

mod arguments;
mod document;
mod error;
mod execute;
mod mutation;
mod objects;
mod offered;
mod query;
mod request;

pub(super) use self::request::routes;
