//! The words that models are given. Text only: who is asked, and what is done
//! with the answer, is decided elsewhere.

mod analyse;
mod code;
mod plan;
mod review;
mod section;

pub(crate) use analyse::analyse;
pub(crate) use code::{NUDGE, code, submit_checklist};
pub(crate) use plan::plan;
pub(crate) use review::review;
