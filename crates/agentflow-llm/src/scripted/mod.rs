//! A model whose replies are written down, for tests, demos and runs without any account.
//!
//! `model` answers, `reply` is one answer given in code, `script` is answers from files, each an
//! `entry` that may be a `failure`; `unlabelled` holds those that are found by their prompt.

mod entry;
mod error;
mod failure;
mod model;
mod reply;
mod script;
mod unlabelled;

pub use error::{ReplyProblem, ScriptError, ScriptPlace};
pub use model::ScriptedModel;
pub use reply::ScriptedReply;
pub use script::Script;
