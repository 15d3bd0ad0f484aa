//! The words of the wire: requests read into ours, replies written out of ours.
//!
//! `field` reads any body and knows where it stands, `request` and `message` read what a model
//! is asked; `head` is what a reply and its chunks have in common, `reply` and `chunks` write them.

mod chunks;
mod field;
mod head;
mod message;
mod reply;
mod request;

pub(crate) use chunks::Chunks;
pub(crate) use field::{Field, parsed};
pub(crate) use head::{CREATED, Head, fnv};
pub(crate) use reply::whole_reply;
pub(crate) use request::{Delivery, WireRequest};
