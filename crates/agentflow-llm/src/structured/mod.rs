//! Asking a model for a value of a Rust type.
//!
//! `request` asks, and asks again where a reply does not fit; `form` knows what a reply has to
//! look like, `strict` writes a schema in the form that providers hold models to, `read` finds
//! the value in what a model said. Tools are not called here: that is `agent`'s loop.

mod error;
mod form;
mod read;
mod request;
mod strict;

pub use error::{ReplyMisfit, SchemaProblem, StructuredError};
pub use request::{ChatModelExt, Structured, StructuredRequest};
