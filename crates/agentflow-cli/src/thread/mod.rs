//! Works on one issue: its thread, its questions, its end.

mod decision;
mod question;
mod standing;
mod work;

pub(crate) use question::Answers;
pub(crate) use standing::{has_open_question, stand};
pub(crate) use work::work_on;
