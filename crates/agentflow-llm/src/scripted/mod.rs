//! A model whose replies are written down, for tests, demos and runs without any account.
//!
//! `model` answers, `reply` is one answer given in code, `script` is answers from files. None
//! of it reads a prompt to decide what to say: only its place or its label counts.

mod entry;
mod error;
mod model;
mod reply;
mod script;

pub use error::{ReplyProblem, ScriptError, ScriptPlace};
pub use model::ScriptedModel;
pub use reply::ScriptedReply;
pub use script::Script;
