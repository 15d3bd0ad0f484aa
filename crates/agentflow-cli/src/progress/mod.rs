//! Shows what happens: to a person at a terminal, as plain lines, and as JSON lines.
//!
//! It only shows. What is said follows from the events; nothing is guessed.

mod event;
mod live;
mod reporter;
mod standing;
mod table;
mod words;

pub(crate) use event::RunEvent;
pub(crate) use reporter::Reporter;
