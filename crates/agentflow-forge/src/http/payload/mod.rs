//! What a webhook says: the notice's event in GitHub's words, the object in its REST shape.
//!
//! Objects are read when the delivery is put together, a moment after the event; what the event
//! was about is taken from the notice, so that it is told as it was.

mod code;
mod conversation;
mod told;

pub(crate) use self::told::payload;
