//! Works on one issue: its thread, its questions, its end.

mod decision;
mod question;
mod standing;
mod work;

pub(crate) use question::Answers;
pub(crate) use standing::{Waiting, stand, waits_for};
pub(crate) use work::work_on;
